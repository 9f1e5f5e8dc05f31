import Glibc
import NIOCore

/// The largest resident memory of one process so far, as the kernel counts it.
///
/// The file is kept open and read at most every ``interval``: what it says only grows.
struct MemoryGauge {
    private static let interval = TimeAmount.milliseconds(100)

    private let descriptor: CInt
    private var lastRead: NIODeadline?
    /// Rounded up; 0 until the first reading.
    private(set) var maximumMB = 0

    /// - Returns: `nil` if the process is gone already.
    init?(process: pid_t) {
        let descriptor = open("/proc/\(process)/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    mutating func read(now: NIODeadline) {
        if let lastRead, now - lastRead < Self.interval { return }
        lastRead = now
        var text = [UInt8](repeating: 0, count: 2_048)
        let size = pread(descriptor, &text, text.count, 0)
        guard size > 0, size <= text.count, let kilobytes = Self.highWater(in: text[..<size]) else { return }
        maximumMB = max(maximumMB, (kilobytes + 1_023) / 1_024)
    }

    func close() { Glibc.close(descriptor) }

    /// The number in `VmHWM:     9216 kB`.
    static func highWater(in status: ArraySlice<UInt8>) -> Int? {
        let label = Array("VmHWM:".utf8)
        for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: label) {
            let digits = line.dropFirst(label.count).filter { (0x30...0x39).contains($0) }
            return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 <= Int.max / 2 ? $0 : nil }
        }
        return nil
    }
}
