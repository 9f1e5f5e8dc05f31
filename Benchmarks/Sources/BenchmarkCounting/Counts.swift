import CBenchmarkSupport

/// What one operation costs, the same in every run.
struct Counts: Codable {
    var allocations: Int
    var instructions: Int
}

/// Counts the allocations of one operation.
///
/// - Returns: Rounded up, so that an allocation now and then counts as one.
func countAllocations(_ work: Work, _ operations: Int) throws -> Int {
    let before = benchmark_allocations()
    try work.run(operations)
    return (benchmark_allocations() - before + operations - 1) / operations
}
