/*
 * call_lines.h - the lines of calls, less what is the same in all of them.
 */
#ifndef CALL_LINES_H
#define CALL_LINES_H

#include "lines.h"

#define CALL(rest) "{\"type\":\"call\",\"seq\":377,\"pid\":4242,\"tid\":4250,\"t\":1204431877," rest "}"
#define MLOCK(rest) CALL("\"call\":\"mlock\",\"addr\":\"0x1000\",\"len\":64," rest)

#endif
