import CZlib
package import NIOCore

/// gzip by zlib.
package enum Gzip {
    /// zlib has no memory, or is another version than the one that was compiled against.
    package struct Failure: Error, Hashable {
        package let code: Int32
    }

    /// - Returns: One gzip member.
    package static func compress(_ bytes: ByteBuffer) throws(Failure) -> ByteBuffer {
        var stream = z_stream()
        let begun = trellis_deflate_init_gzip(&stream, level)
        guard begun == Z_OK else { throw Failure(code: begun) }
        defer { deflateEnd(&stream) }
        var output = ByteBufferAllocator().buffer(capacity: bytes.readableBytes / 8 + 256)
        var rest = bytes
        var status = Z_OK
        repeat {
            // zlib counts with 32 bits.
            var piece = rest.readSlice(length: min(rest.readableBytes, 1 << 20)) ?? ByteBuffer()
            let flush = rest.readableBytes == 0 ? Z_FINISH : Z_NO_FLUSH
            status = piece.readWithUnsafeMutableReadableBytes { input in
                (input.count, deflate(input, flush, &stream, into: &output))
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw Failure(code: status)
            }
        } while status != Z_STREAM_END
        return output
    }

    /// Puts all of `input` into the stream.
    private static func deflate(
        _ input: UnsafeMutableRawBufferPointer, _ flush: Int32, _ stream: inout z_stream, into output: inout ByteBuffer
    ) -> Int32 {
        stream.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.avail_in = UInt32(input.count)
        var status = Z_OK
        repeat {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: outputBytes) { space in
                stream.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(min(space.count, outputBytes))
                let room = Int(stream.avail_out)
                status = CZlib.deflate(&stream, flush)
                return room - Int(stream.avail_out)
            }
        } while stream.avail_out == 0
        return status
    }

    /// The text is the same over and over: higher levels cost much and gain little.
    private static let level: Int32 = 5
    private static let outputBytes = 65_536
}
