#include "zst.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "../util/alloc.h"

#define FRAME_BEGIN 5 /* bytes that tell how long the header of a frame is: RFC 8878, 3.1.1.1 */

struct zst_decoder {
	ZSTD_DStream *stream;
	size_t want;	/* input that brings libzstd to the end of a block, or of a header */
	bool between;
	int damaged;	/* 0, -EINVAL or -EFBIG */
};

struct zst_encoder {
	ZSTD_CStream *stream;
};

/* RFC 8878, 3.1.1: 0xFD2FB528, little-endian. */
bool zst_is_frame(const char *bytes, size_t count)
{
	return count >= 4 && !memcmp(bytes, "\x28\xb5\x2f\xfd", 4);
}

static void *or_die(void *stream)
{
	if (!stream)
		return alloc_resize(NULL, (size_t)-1, 2); /* ends the program the usual way */
	return stream;
}

struct zst_decoder *zst_decoder_new(void)
{
	struct zst_decoder *decoder = alloc_zero(1, sizeof(*decoder));

	decoder->stream = or_die(ZSTD_createDStream());
	ZSTD_DCtx_setParameter(decoder->stream, ZSTD_d_windowLogMax, ZST_WINDOW_LOG);
	zst_restart(decoder);
	return decoder;
}

void zst_decoder_free(struct zst_decoder *decoder)
{
	if (!decoder)
		return;
	ZSTD_freeDStream(decoder->stream);
	free(decoder);
}

/* A step is a block at most: libzstd throws away what a call has decoded when it fails later in the same call. */
static bool step(struct zst_decoder *decoder, struct zst_span *in, ZSTD_outBuffer *output)
{
	ZSTD_inBuffer input = { in->p, in->left < decoder->want ? in->left : decoder->want, 0 };
	size_t before = output->pos, rc = ZSTD_decompressStream(decoder->stream, output, &input);

	if (ZSTD_isError(rc)) {
		decoder->damaged =
			ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge ? -EFBIG : -EINVAL;
		return false;
	}
	decoder->between = rc == 0;
	decoder->want = rc ? rc : FRAME_BEGIN;
	in->p += input.pos;
	in->left -= input.pos;
	return input.pos || output->pos > before;
}

/* libzstd would take an empty input after a frame for the beginning of the next one. */
int zst_decode(struct zst_decoder *decoder, struct zst_span *in, char *out, size_t room, size_t *made)
{
	ZSTD_outBuffer output = { out, room, 0 };

	while (!decoder->damaged && output.pos < room && (in->left || !decoder->between) && step(decoder, in, &output))
		;
	*made = output.pos;
	return *made ? 0 : decoder->damaged;
}

bool zst_between_frames(const struct zst_decoder *decoder)
{
	return decoder->between;
}

void zst_restart(struct zst_decoder *decoder)
{
	ZSTD_DCtx_reset(decoder->stream, ZSTD_reset_session_only);
	decoder->want = FRAME_BEGIN;
	decoder->between = true;
	decoder->damaged = 0;
}

struct zst_encoder *zst_encoder_new(void)
{
	struct zst_encoder *encoder = alloc_zero(1, sizeof(*encoder));

	encoder->stream = or_die(ZSTD_createCStream());
	ZSTD_CCtx_setParameter(encoder->stream, ZSTD_c_checksumFlag, 1);
	return encoder;
}

void zst_encoder_free(struct zst_encoder *encoder)
{
	if (!encoder)
		return;
	ZSTD_freeCStream(encoder->stream);
	free(encoder);
}

int zst_encode(struct zst_encoder *encoder, struct zst_span *in, enum zst_until until, char *out, size_t room,
	       size_t *made, bool *done)
{
	static const ZSTD_EndDirective directive[] = {
		[ZST_MORE] = ZSTD_e_continue, [ZST_FLUSH] = ZSTD_e_flush, [ZST_END] = ZSTD_e_end,
	};
	ZSTD_inBuffer input = { in->p, in->left, 0 };
	ZSTD_outBuffer output = { out, room, 0 };
	size_t rc = ZSTD_compressStream2(encoder->stream, &output, &input, directive[until]);

	if (ZSTD_isError(rc))
		return -EIO;
	in->p += input.pos;
	in->left -= input.pos;
	*made = output.pos;
	*done = !in->left && (until == ZST_MORE || rc == 0);
	return 0;
}
