/// Header lines in the order they were sent or will be sent, one element per line.
///
/// Names keep the spelling of their sender. The element type is that of NIOHTTP1's `HTTPHeaders`, which needs no
/// adapter: what takes headers here takes `some Sequence` of these pairs.
public typealias HeaderList = [(name: String, value: String)]
