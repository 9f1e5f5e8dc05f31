import Logging
import TrellisModel
import TrellisStore

extension FunctionHost {
    /// Removes the packages and unpacked trees that no function version and no layer version refers to, and that no
    /// process runs from.
    ///
    /// - Returns: The names of the files and directories that are gone.
    /// - Throws: What the store throws, and the error of a record that cannot be read: what it refers to is not known, so
    ///   that nothing is removed.
    @discardableResult
    package func collectPackages() async throws -> [String] {
        try await packages.collect {
            var references = PackageReferences()
            _ = try await store.load([.function, .functionVersion, .layerVersion]) { entries in
                for entry in entries { try references.add(entry) }
            }
            return references
        }
    }

    /// Until the task is cancelled.
    func collectPackagesNowAndThen() async {
        var wait = services.configuration.firstPackageCollection
        while true {
            do {
                try await Task.sleep(for: wait)
            } catch {
                return
            }
            wait = services.configuration.packageCollectionInterval
            do {
                let removed = try await collectPackages()
                guard !removed.isEmpty else { continue }
                services.logger.info(
                    "packages that nothing refers to were removed", metadata: ["count": "\(removed.count)"])
            } catch {
                services.logger.error("unused packages are kept", metadata: ["error": "\(error)"])
            }
        }
    }
}
