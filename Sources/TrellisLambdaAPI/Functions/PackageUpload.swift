import FoundationEssentials
import TrellisAPI
import TrellisFunctionHost

/// The package in a request, still as base64.
struct PackageUpload {
    private let base64: String

    /// - Returns: `nil` if the request has no `ZipFile`.
    init?(_ reader: InputReader) {
        guard let text = reader.string("ZipFile") else { return nil }
        base64 = text
    }

    /// Checks the package and keeps it for what `use` makes.
    ///
    /// - Throws: ``LambdaError`` in Lambda's words for each way in which the package cannot be used.
    func store<Result: Sendable>(
        in packages: PackageStore, use: @Sendable (PackageStore.StoredPackage) async throws -> Result
    ) async throws -> Result {
        let zip = try decoded()
        return try await Self.inLambdasWords { try await packages.store(zip, use: use) }
    }

    /// Checks the package without keeping it.
    func check(with packages: PackageStore) async throws -> PackageStore.StoredPackage {
        let zip = try decoded()
        return try await Self.inLambdasWords { try await packages.check(zip) }
    }

    private func decoded() throws(LambdaError) -> [UInt8] {
        guard let zip = Data(base64Encoded: base64) else { throw .zipNotBase64 }
        guard !zip.isEmpty else { throw .emptyZip }
        return [UInt8](zip)
    }

    private static func inLambdasWords<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as FunctionPackageError {
            switch error {
            case .notAZip, .unsafeEntry, .tooManyEntries: throw LambdaError.badZip
            case .empty: throw LambdaError.emptyZip
            case .zippedTooLarge(let limit): throw LambdaError.zippedTooLarge(limit: limit)
            case .unzippedTooLarge(let limit): throw LambdaError.unzippedTooLarge(limit: limit)
            case .missing, .damaged, .storage: throw error
            }
        }
    }
}

extension Sequence where Element == UInt8 {
    /// Two digits for each byte.
    var lowercaseHexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
