import TrellisAPI
import TrellisModel

/// `arn:aws:iam::<account or aws>:policy<path><name>`.
struct PolicyARN: Hashable {
    enum Owner: Hashable {
        /// A policy that AWS made for everybody.
        case aws
        case account(AccountID)
    }

    var owner: Owner
    /// Begins and ends with a slash.
    var path: String
    var name: String

    /// - Throws: InvalidInput if the text is not the ARN of a policy.
    init(_ text: String) throws(IAMError) {
        guard let policy = PolicyARN(checking: text) else {
            throw .invalidInput("ARN \(text) is not valid.")
        }
        self = policy
    }

    private init?(checking text: String) {
        let marker = "policy"
        guard let arn = ARN(text), arn.partition == ARN.partition, arn.service == "iam", arn.region.isEmpty,
            arn.resource.hasPrefix("\(marker)/")
        else { return nil }
        let rest = arn.resource.dropFirst(marker.count)
        guard let slash = rest.lastIndex(of: "/") else { return nil }
        path = String(rest[...slash])
        name = String(rest[rest.index(after: slash)...])
        guard IAMShape.policyPath.pattern?.matches(path) == true, IAMShape.policyName.pattern?.matches(name) == true,
            IAMShape.policyName.length.contains(name.utf8.count)
        else { return nil }
        if arn.account == "aws" {
            owner = .aws
        } else if let account = AccountID(arn.account) {
            owner = .account(account)
        } else {
            return nil
        }
    }
}

extension IAMParameters {
    func policyARN() -> String { required("PolicyArn", as: .arn) }
}
