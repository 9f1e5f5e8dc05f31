#ifndef TRELLIS_CZLIB_SHIM_H
#define TRELLIS_CZLIB_SHIM_H

#include <zlib.h>

// A macro in zlib.h, which Swift does not see.
static inline int trellis_deflate_init_gzip(z_streamp stream, int level) {
    // 15 bits of window, and 16 more ask for a gzip header and trailer.
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
