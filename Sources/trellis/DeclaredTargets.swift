import NIOSSL
import TrellisDataPlane
import TrellisModel
import Yams

/// Which certificates of HTTPS targets are good: `none` looks at none, as on AWS; `system` wants one that the machine's
/// authorities have issued for the target's address; anything else is a PEM file of the authorities to trust instead.
enum TargetCertificates: Hashable, Sendable {
    case none
    case system
    case file(String)

    init?(_ text: String) {
        switch text {
        case "": return nil
        case "none": self = .none
        case "system": self = .system
        default: self = .file(text)
        }
    }

    /// - Throws: ``CommandFailure`` if the authorities' certificates cannot be read.
    var targetTLS: TargetTLS {
        get throws {
            do {
                switch self {
                case .none: return try TargetTLS()
                case .system: return try TargetTLS(trustRoots: .default)
                case .file(let path):
                    return try TargetTLS(trustRoots: .certificates(NIOSSLCertificate.fromPEMFile(path)))
                }
            } catch {
                throw CommandFailure(.badConfiguration, "targetCertificates: the certificates cannot be read: \(error)")
            }
        }
    }
}

extension DeclarationReader {
    /// Ids of instances and ARNs of load balancers, with the address of each.
    func targetAddresses(_ node: Node, _ path: String) -> TargetAddresses {
        guard let mapping = node.mapping else {
            problems.append("\(path): must be a mapping of instance ids and load balancer ARNs to addresses")
            return TargetAddresses()
        }
        var addresses: [String: IPAddress] = [:]
        for (key, node) in mapping {
            let id = key.string ?? "?"
            guard let address = node.string.flatMap({ IPAddress($0) }), address.isUnicast else {
                problems.append("\(path).\(id): '\(node.string ?? "?")' is not the address of one machine")
                continue
            }
            guard id.hasPrefix("i-") || id.hasPrefix("arn:aws:elasticloadbalancing:") else {
                problems.append("\(path).\(id): must be the id of an instance or the ARN of a load balancer")
                continue
            }
            addresses[id] = address
        }
        return TargetAddresses(addresses)
    }
}
