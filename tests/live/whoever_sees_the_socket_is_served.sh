# A standing collector's socket appears when somebody listens there, open to whom it is meant for: who connects at the first moment
# that it is there is not refused. Forty collectors; of those that bound the name first one in five refused.

door=$(mktemp -d -p /tmp)	# a socket's path is short
trap 'rm -rf "$door"' EXIT

timeout 60 /usr/bin/python3 - "$PAGETRAIL" "$door" "$PWD/logs" <<-'PYTHON'
	import os, socket, subprocess, sys
	pagetrail, door, logs = sys.argv[1:]
	path = door + "/socket"
	for _ in range(40):
	    collector = subprocess.Popen([pagetrail, "collect", "--socket", path, "-o", logs], stderr=subprocess.DEVNULL)
	    while True:
	        try:
	            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as program:
	                program.connect(path)
	            break
	        except FileNotFoundError:
	            assert collector.poll() is None, "the collector has ended"
	    collector.terminate()
	    assert collector.wait() == 0
	    assert os.listdir(door) == [], os.listdir(door)
PYTHON
