import Glibc
import SystemPackage
package import TrellisModel

/// The packages that something refers to.
package struct PackageReferences: Hashable, Sendable {
    /// Zips, by SHA-256.
    package private(set) var packages: Set<String> = []
    /// Unpacked trees, by name.
    package private(set) var trees: Set<String> = []

    package init() {}

    /// What a function version runs from.
    package mutating func add(_ configuration: FunctionConfiguration) {
        packages.insert(configuration.codeSHA256)
        trees.insert(configuration.codeSHA256)
        for layer in configuration.layers { packages.insert(layer.codeSHA256) }
        if let tree = PackageStore.treeName(ofLayers: configuration.layers.map(\.codeSHA256)) { trees.insert(tree) }
    }

    /// A layer version can be asked for; its files are unpacked where a function uses it.
    package mutating func add(_ layer: LayerVersionRecord) { packages.insert(layer.codeSHA256) }
}

/// Packages go when nothing refers to them and nobody holds them.
extension PackageStore {
    /// Keeps packages and trees from being collected while `body` runs.
    ///
    /// - Parameter names: SHA-256 of packages; names of trees.
    package nonisolated func holding<Result: Sendable>(
        _ names: Set<String>, _ body: () async throws -> Result
    ) async throws -> Result {
        await hold(names)
        do {
            let result = try await body()
            await giveBack(names)
            return result
        } catch {
            await giveBack(names)
            throw error
        }
    }

    func hold(_ names: Set<String>) {
        for name in names { holds[name, default: 0] += 1 }
        heldDuringCollection?.formUnion(names)
    }

    func giveBack(_ names: Set<String>) {
        for name in names {
            let left = (holds[name] ?? 0) - 1
            holds[name] = left > 0 ? left : nil
        }
    }

    /// Everything that a process of this version needs on disk.
    static func names(of configuration: FunctionConfiguration) -> Set<String> {
        var references = PackageReferences()
        references.add(configuration)
        return references.packages.union(references.trees)
    }

    /// Removes the packages and trees that nothing refers to.
    ///
    /// What is held at any time while the references are read stays, because what it is held for may be written
    /// meanwhile. A crash leaves nothing but temporary names, which ``prepare()`` removes.
    ///
    /// - Parameter references: Read after the collection has begun.
    /// - Returns: The names that were removed, `<sha256>.zip` and those of trees; none while another collection runs.
    package func collect(_ references: () async throws -> PackageReferences) async throws -> [String] {
        guard heldDuringCollection == nil else { return [] }
        heldDuringCollection = Set(holds.keys)
        defer { heldDuringCollection = nil }
        let kept = try await references()
        let (zips, trees) = try await blocking { [packages, unpacked] in
            (DirectoryTree.names(in: packages), DirectoryTree.names(in: unpacked))
        }
        // Nothing is awaited between the look at what is held and the renames, so that nobody can come between.
        var removed: [String] = []
        var condemned: [FilePath] = []
        func condemn(_ name: String, in directory: FilePath) {
            let path = directory.appending(name)
            let temporary = directory.appending(DirectoryTree.temporaryPrefix + "gone-" + name)
            guard rename(path.string, temporary.string) == 0 else { return }
            condemned.append(temporary)
            removed.append(name)
        }
        for name in zips where name.hasSuffix(".zip") {
            let sha256 = String(name.dropLast(4))
            if Self.isSHA256(sha256), !kept.packages.contains(sha256), !isHeld(sha256) { condemn(name, in: packages) }
        }
        for name in trees where !name.hasPrefix(".") && !kept.trees.contains(name) && !isHeld(name) {
            condemn(name, in: unpacked)
        }
        try await blocking { [condemned] in
            for path in condemned { DirectoryTree.remove(path) }
        }
        return removed
    }

    private func isHeld(_ name: String) -> Bool {
        holds[name] != nil || waiting[name] != nil || heldDuringCollection?.contains(name) == true
    }
}
