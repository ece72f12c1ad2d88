/*
 * zst.h - zstd streams, one direction each.  The only door to libzstd.
 */
#ifndef PAGETRAIL_ZST_H
#define PAGETRAIL_ZST_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes not yet used. */
struct zst_span {
	const char *p;
	size_t left;
};

/* Frames with a larger window are refused: what a frame may ask of memory. The most that zstd makes without --long. */
#define ZST_WINDOW_LOG 27

struct zst_decoder;

struct zst_decoder *zst_decoder_new(void);
void zst_decoder_free(struct zst_decoder *decoder);

/*
 * zst_is_frame - do these first bytes of a file begin a zstd frame
 */
bool zst_is_frame(const char *bytes, size_t count);

/*
 * zst_decode - turn input into output until one of them is used up
 * @in: advanced over what was used
 * @made: bytes written to @out; below @room only when all input is used or the rest is damaged
 *
 * Return: 0, or -EINVAL when the data is damaged, -EFBIG when the window is too large; what stands before the damage is given first.
 */
int zst_decode(struct zst_decoder *decoder, struct zst_span *in, char *out, size_t room, size_t *made);

/*
 * zst_between_frames - is all that was read so far made of whole frames
 */
bool zst_between_frames(const struct zst_decoder *decoder);

/*
 * zst_restart - forget the stream read so far
 */
void zst_restart(struct zst_decoder *decoder);

struct zst_encoder;

struct zst_encoder *zst_encoder_new(void);
void zst_encoder_free(struct zst_encoder *encoder);

enum zst_until {
	ZST_MORE,	/* more is to come: keep what compresses better together */
	ZST_FLUSH,	/* end the block: a reader can decode everything up to here */
	ZST_END		/* end the frame */
};

/*
 * zst_encode - turn input into output
 * @made: bytes written to @out
 * @done: receives true when all input is used and, for ZST_FLUSH and ZST_END, all output was given; else call again
 *
 * Return: 0, or -EIO when libzstd fails (out of memory).
 */
int zst_encode(struct zst_encoder *encoder, struct zst_span *in, enum zst_until until, char *out, size_t room,
	       size_t *made, bool *done);

#endif
