# w3m with an incremental collector: some 9,000 mprotect calls and hundreds of write faults that must reach its own handler.

need w3m
{
	echo '<html><body>'
	for i in $(seq 3000); do echo "<p>Paragraph $i of <b>many</b>, with <a href=x$i>a link</a>.</p>"; done
	echo '</body></html>'
} >p.html
export GC_ENABLE_INCREMENTAL=1 HOME=$PWD
unchanged w3m -dump -T text/html "$PWD/p.html"
[ "$(wc -l <out)" -gt 3000 ] || fail "w3m printed too little"
complete
[ "$(calls mprotect)" -gt 5000 ] || fail "mprotect calls: $(calls mprotect)"
