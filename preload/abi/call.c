/*
 * call.c - calls.def expanded into descriptors.  Constant data, no code.
 */
#include "call.h"

#include "map.h"

#define ARG_DESC(type, name, format) { #name, FORMAT_##format },

const struct call_desc call_table[CALL_COUNT] = {
#define CALL(name, type, class, effect, wrapper, man, ...)                                                             \
	[CALL_##name] = { #name, man, CLASS_##class, EFFECT_##effect, MAP_COUNT(__VA_ARGS__),                          \
			  { MAP(ARG_DESC, __VA_ARGS__) } },
#include "calls.def"
#undef CALL
};
