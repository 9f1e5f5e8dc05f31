import FuzzJudge

/// Any bytes are a request, see ``FuzzedRequest``; both versions of its event must say what the request said.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEventEncoder(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let request = FuzzedRequest(UnsafeRawBufferPointer(start: data, count: count))
    EventJudge(request).judge()
    return 0
}
