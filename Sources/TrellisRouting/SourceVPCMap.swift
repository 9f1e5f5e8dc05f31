package import TrellisModel

/// Which VPC a client belongs to, by its address.
///
/// The configured counterpart of the source VPC that AWS carries in every packet. The most specific block wins.
package struct SourceVPCMap: Hashable, Sendable {
    /// Why an entry was refused.
    package enum Problem: Error, Hashable, CustomStringConvertible {
        case notACIDRBlock(String)
        case hostBitsSet(String)
        case notAVPC(String)
        case notAnAccount(String)
        case duplicate(String)

        package var description: String {
            switch self {
            case .notACIDRBlock(let text): "'\(text)' is not a CIDR block such as 10.0.0.0/16 or fd00::/8"
            case .hostBitsSet(let text): "'\(text)' has address bits outside of its prefix"
            case .notAVPC(let text): "'\(text)' is not a VPC id (vpc- and 8 or 17 of 0-9a-z)"
            case .notAnAccount(let text): "'\(text)' is not an account of 12 digits"
            case .duplicate(let text): "'\(text)' is given twice"
            }
        }
    }

    /// All problems of a map, so that they can be reported at once.
    package struct Problems: Error, Hashable {
        package let problems: [Problem]
    }

    private struct Entry: Hashable {
        let block: CIDRBlock
        let source: SourceVPC
    }

    /// Longest prefix first.
    private let entries: [Entry]

    /// - Parameter blocks: CIDR blocks such as `10.0.0.0/16` with VPC ids such as `vpc-0a1b2c3d`, perhaps followed by
    ///   `@` and the account that owns the VPC.
    /// - Throws: ``Problems`` with everything that is wrong.
    package init(_ blocks: [(cidr: String, vpc: String)]) throws(Problems) {
        var entries: [Entry] = []
        var problems: [Problem] = []
        for (cidr, owned) in blocks {
            let parts = owned.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let vpc = parts[0]
            if !Self.isVPC(vpc) { problems.append(.notAVPC(vpc)) }
            let owner = parts.count == 2 ? AccountID(parts[1]) : nil
            if parts.count == 2, owner == nil { problems.append(.notAnAccount(parts[1])) }
            guard let block = CIDRBlock(cidr) else {
                problems.append(.notACIDRBlock(cidr))
                continue
            }
            if !block.isCanonical { problems.append(.hostBitsSet(cidr)) }
            if entries.contains(where: { $0.block == block }) { problems.append(.duplicate(cidr)) }
            entries.append(Entry(block: block, source: .vpc(vpc, owner: owner)))
        }
        guard problems.isEmpty else { throw Problems(problems: problems) }
        self.entries = entries.sorted { $0.block.prefixLength > $1.block.prefixLength }
    }

    /// - Returns: `nil` if no block holds the address.
    package func source(of client: IPAddress) -> SourceVPC? {
        entries.first { $0.block.contains(client) }?.source
    }

    private static func isVPC(_ text: String) -> Bool {
        guard text.hasPrefix("vpc-") else { return false }
        let body = text.utf8.dropFirst(4)
        return (body.count == 8 || body.count == 17)
            && body.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    }
}

/// Where a client stands with respect to the configured VPCs; the same for every request of a connection.
package enum SourceVPC: Hashable, Sendable {
    /// There is no map: any client reaches every service that is in a service network.
    case unrestricted
    /// The client's VPC, for example `vpc-0a1b2c3d`; a VPC of another owner with the same id is another one.
    case vpc(String, owner: AccountID? = nil)
    /// The client came by a VPC endpoint, which leads to one service network whatever its VPC is associated with.
    case endpoint(VpcEndpoint)
    /// Nothing says where the client is: the map does not hold its address, or nobody has declared its endpoint.
    case unknown

    package init(of client: IPAddress?, in map: SourceVPCMap?) {
        guard let map else {
            self = .unrestricted
            return
        }
        self = client.flatMap(map.source) ?? .unknown
    }
}
