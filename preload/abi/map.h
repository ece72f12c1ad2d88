/*
 * map.h - apply a macro to each (parenthesised) item of a list of up to six.
 *
 *   MAP(M, (a, b), (c, d))    becomes   M(a, b) M(c, d)
 *   MAPC(M, (a, b), (c, d))   becomes   M(a, b), M(c, d)
 *   MAP_COUNT(...)            the number of items, 0 for an empty list
 *
 * The only macro machinery of the project; `make expand` prints what it makes of calls.def.
 */
#ifndef PAGETRAIL_MAP_H
#define PAGETRAIL_MAP_H

#define MAP_COUNT(...) MAP_COUNT_(0, ##__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define MAP_COUNT_(z, a, b, c, d, e, f, n, ...) n
#define MAP_CAT(a, b) MAP_CAT_(a, b)
#define MAP_CAT_(a, b) a##b

#define MAP(m, ...) MAP_CAT(MAP_, MAP_COUNT(__VA_ARGS__))(m, ##__VA_ARGS__)
#define MAP_0(m, ...)
#define MAP_1(m, a) m a
#define MAP_2(m, a, b) m a m b
#define MAP_3(m, a, b, c) m a m b m c
#define MAP_4(m, a, b, c, d) m a m b m c m d
#define MAP_5(m, a, b, c, d, e) m a m b m c m d m e
#define MAP_6(m, a, b, c, d, e, f) m a m b m c m d m e m f

#define MAPC(m, ...) MAP_CAT(MAPC_, MAP_COUNT(__VA_ARGS__))(m, ##__VA_ARGS__)
#define MAPC_0(m, ...)
#define MAPC_1(m, a) m a
#define MAPC_2(m, a, b) m a, m b
#define MAPC_3(m, a, b, c) m a, m b, m c
#define MAPC_4(m, a, b, c, d) m a, m b, m c, m d
#define MAPC_5(m, a, b, c, d, e) m a, m b, m c, m d, m e
#define MAPC_6(m, a, b, c, d, e, f) m a, m b, m c, m d, m e, m f

#endif
