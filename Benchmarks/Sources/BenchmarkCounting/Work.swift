import CBenchmarkSupport

/// A prepared case, whose operation has been done once so that nothing is done for the first time later.
package final class Work {
    private let operation: PreparedOperation
    private let expected: Int
    private var isAsExpected = true

    /// An operation failed that had not failed before, or its result was another.
    package struct Unsteady: Error {}

    package init(_ benchmark: BenchmarkCase) throws {
        operation = try benchmark.prepare()
        expected = try operation.run()
        _ = try operation.run()
    }

    var bytes: Int { operation.bytes }

    /// Does the operation that many times.
    package func run(_ count: Int) throws {
        benchmark_repeat(
            count, { context in context.map { Unmanaged<Work>.fromOpaque($0).takeUnretainedValue().runOnce() } },
            Unmanaged.passUnretained(self).toOpaque())
        guard isAsExpected else { throw Unsteady() }
    }

    private func runOnce() {
        if (try? operation.run()) != expected { isAsExpected = false }
    }
}
