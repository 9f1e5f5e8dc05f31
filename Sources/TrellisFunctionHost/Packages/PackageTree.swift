/// The names in a package, checked one after the other, without touching a disk.
///
/// Nothing that passes can name a place outside of the directory it is unpacked into, not even by way of symbolic links
/// that come earlier or later in the archive.
struct PackageTree {
    enum Kind: Hashable {
        case file
        case directory
        /// A symbolic link with its target's text.
        case link([UInt8])
    }

    /// A name without `.`, `..`, empty parts and leading slash; never empty.
    struct Path: Hashable {
        fileprivate(set) var bytes: [UInt8]

        var description: String { String(decoding: bytes, as: UTF8.self) }

        /// `nil` for what lies directly below the root.
        var parent: Path? {
            guard let slash = bytes.lastIndex(of: slashByte) else { return nil }
            return Path(bytes: Array(bytes[..<slash]))
        }
    }

    private static let maximumPathSize = 1_024
    private static let maximumNameSize = 255
    private static let maximumLinkTargetSize = 1_024
    /// As the kernel's own limit for one resolution.
    private static let maximumLinksFollowed = 40
    /// Parts walked over for all links together, so that links to links cannot keep a thread busy.
    private static let maximumLinkSteps = 2_000_000

    private var kinds: [Path: Kind] = [:]
    /// In the archive's order.
    private var links: [(path: Path, target: [UInt8])] = []

    /// Adds an entry and the directories above it.
    ///
    /// - Returns: The checked name; `nil` for the root itself (`./`), which needs nothing.
    mutating func add(_ name: [UInt8], _ kind: Kind) throws(FunctionPackageError) -> Path? {
        guard let path = try checkedPath(name) else {
            guard kind == .directory else { throw unsafe(name, "has no name") }
            return nil
        }
        if case .link(let target) = kind {
            try check(linkTarget: target, of: path)
            links.append((path, target))
        }
        try addParents(of: path)
        switch (kinds[path], kind) {
        case (nil, _), (.directory, .directory), (.file, .file): break
        default: throw unsafe(name, "appears twice as different things")
        }
        kinds[path] = kind
        return path
    }

    /// Follows every link to where it leads, with all entries known.
    ///
    /// A link may lead to nothing, as long as what it names lies inside.
    func checkLinks() throws(FunctionPackageError) {
        var steps = 0
        for link in links {
            try follow(link.target, from: link.path, steps: &steps)
        }
    }

    private func follow(_ target: [UInt8], from link: Path, steps: inout Int) throws(FunctionPackageError) {
        var place = link.parent.map { Self.parts(of: $0.bytes) } ?? []
        var ahead = Array(Self.parts(of: target).reversed())
        var linksFollowed = 0
        while let part = ahead.popLast() {
            steps += 1
            guard steps <= Self.maximumLinkSteps else { throw unsafe(link.bytes, "is one of too many links") }
            if part == Self.oneUp {
                guard place.popLast() != nil else { throw unsafe(link.bytes, "is a link that leads outside") }
                continue
            }
            place.append(part)
            guard case .link(let next) = kinds[Path(bytes: Array(place.joined(separator: [slashByte])))] else {
                continue
            }
            linksFollowed += 1
            guard linksFollowed <= Self.maximumLinksFollowed else {
                throw unsafe(link.bytes, "is a link that leads to too many other links")
            }
            place.removeLast()
            ahead += Self.parts(of: next).reversed()
        }
    }

    private func check(linkTarget target: [UInt8], of path: Path) throws(FunctionPackageError) {
        guard !target.isEmpty, target.count <= Self.maximumLinkTargetSize, !target.contains(0) else {
            throw unsafe(path.bytes, "is a link without a usable target")
        }
        guard target.first != slashByte else { throw unsafe(path.bytes, "is a link that leads outside") }
    }

    private mutating func addParents(of path: Path) throws(FunctionPackageError) {
        var parent = path.parent
        while let directory = parent {
            switch kinds[directory] {
            case .directory: return
            case nil: kinds[directory] = .directory
            case .file: throw unsafe(path.bytes, "lies below a file")
            case .link: throw unsafe(path.bytes, "lies below a link")
            }
            parent = directory.parent
        }
    }

    private func checkedPath(_ name: [UInt8]) throws(FunctionPackageError) -> Path? {
        guard name.count <= Self.maximumPathSize else { throw unsafe(name, "has too long a name") }
        guard name.first != slashByte else { throw unsafe(name, "has an absolute name") }
        guard !name.contains(0), !name.contains(UInt8(ascii: "\\")) else {
            throw unsafe(name, "has a NUL byte or a backslash in its name")
        }
        let parts = Self.parts(of: name)
        guard !parts.contains(Self.oneUp) else { throw unsafe(name, "has '..' in its name") }
        guard parts.allSatisfy({ $0.count <= Self.maximumNameSize }) else { throw unsafe(name, "has too long a name") }
        return parts.isEmpty ? nil : Path(bytes: Array(parts.joined(separator: [slashByte])))
    }

    private static let oneUp = ArraySlice("..".utf8)

    /// The parts between slashes, without empty ones and `.`.
    private static func parts(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: slashByte).filter { $0 != ArraySlice(".".utf8) }
    }

    private func unsafe(_ name: [UInt8], _ reason: String) -> FunctionPackageError {
        .unsafeEntry(name: String(decoding: name, as: UTF8.self), reason: reason)
    }
}

private let slashByte = UInt8(ascii: "/")
