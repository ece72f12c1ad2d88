# Small programs with one fault each: what the audit finds in them, by lib.sh's audit_finds. Here those about protections, and one
# that does it right.

audit_finds 5 exec_ guard_ prot_ wx_ clean_
