/*
 * greet.h - how a program that was started without `pagetrail record` gets a ring: it asks a standing collector.
 *
 * One message each way over a SOCK_SEQPACKET socket whose path is in the environment: the shim says which ring it can use,
 * the collector answers with the path of one made for it, or why there is none.  Who asks is taken from the socket
 * (SO_PEERCRED, unix(7)), never from the message.
 */
#ifndef PAGETRAIL_GREET_H
#define PAGETRAIL_GREET_H

#include <stdint.h>

#include "ring.h"

#define GREET_ENV "PAGETRAIL_SOCKET"
#define GREET_MAGIC 0x316f6c6c65687470ull	/* "pthello1" */

/* The program starts without a recorder when no answer has come by then. */
#define GREET_PATIENCE_NS 10000000000ull

struct greet_hello {
	uint64_t magic;
	uint32_t version;	/* RING_VERSION */
	uint32_t spare;		/* 0 */
};

enum greet_result { GREET_WELCOME, GREET_VERSION, GREET_FULL, GREET_NOT_YOU, GREET_FAILED };

struct greet_answer {
	uint64_t magic;
	uint32_t version;
	uint32_t result;	/* enum greet_result; the path is there only with GREET_WELCOME */
	char ring_path[sizeof(((struct ring *)0)->ring_path)];	/* ends in a NUL */
};

#endif
