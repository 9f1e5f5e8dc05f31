import FuzzJudge
import NIOCore

/// Any bytes are a function's answer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponseDecoder(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    ResponseJudge(ByteBuffer(bytes: UnsafeRawBufferPointer(start: data, count: count))).judge()
    return 0
}
