import TrellisModel

/// A function as a request names it, not yet looked at in the light of who asks.
///
/// `name`, `name:live`, `123456789012:function:name`, `us-east-1:123456789012:function:name:3`, a full ARN, and every
/// form between them: each part before the name may be left out.
///
/// - Source: the patterns of FunctionName and NamespacedFunctionName, reference lambda.md §5.
struct FunctionIdentifier: Hashable {
    /// Which of the model's shapes the text must have.
    enum Form {
        /// Most operations; at most 140 characters.
        case function
        /// Reads, invocations and policies: dots in the name and `$LATEST.PUBLISHED` are let through; at most 256.
        case namespaced
        /// Without a qualifier; at most 140 characters.
        case unqualified

        var length: ClosedRange<Int> {
            switch self {
            case .function, .unqualified: 1...140
            case .namespaced: 1...256
            }
        }

        func isName(_ text: Substring) -> Bool {
            switch self {
            case .function, .unqualified: ASCIIText.isAll(text, ASCIIText.isName)
            case .namespaced: ASCIIText.isAll(text) { ASCIIText.isName($0) || $0 == UInt8(ascii: ".") }
            }
        }

        func isQualifier(_ text: Substring) -> Bool {
            if self == .unqualified { return false }
            if text == "$LATEST" || ASCIIText.isAll(text, ASCIIText.isName) { return true }
            return self == .namespaced && text == "$LATEST.PUBLISHED"
        }
    }

    var region: String?
    var account: String?
    var name: String
    var qualifier: String?

    init(name: String) {
        self.name = name
    }

    /// - Parameter ownRegion: Accepted as a Region in the text also when it has not the form of an AWS Region.
    /// - Returns: `nil` if the text does not have the form.
    init?(_ text: String, form: Form, ownRegion: Region) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        // The pattern's own order: take as many of the optional parts as still leave a name.
        for choice in stride(from: LeadingParts.all.rawValue, through: 0, by: -1) {
            guard
                let identifier = Self.read(
                    parts, leading: LeadingParts(rawValue: choice), form: form, ownRegion: ownRegion)
            else { continue }
            self = identifier
            return
        }
        return nil
    }

    /// What may come before the name; the first in the text is the greatest.
    private struct LeadingParts: OptionSet {
        let rawValue: Int
        static let function = LeadingParts(rawValue: 1)
        static let account = LeadingParts(rawValue: 2)
        static let region = LeadingParts(rawValue: 4)
        static let arn = LeadingParts(rawValue: 8)
        static let all = LeadingParts(rawValue: 15)
    }

    private static func read(
        _ parts: ArraySlice<Substring>, leading: LeadingParts, form: Form, ownRegion: Region
    ) -> FunctionIdentifier? {
        var rest = parts
        var result = FunctionIdentifier(name: "")
        if leading.contains(.arn) {
            guard rest.popFirst() == "arn", let partition = rest.popFirst(), rest.popFirst() == "lambda",
                partition.isEmpty || ASCIIText.isPartition(partition)
            else { return nil }
        }
        if leading.contains(.region) {
            guard let region = rest.popFirst(), ASCIIText.isRegion(region) || region == ownRegion.rawValue else {
                return nil
            }
            result.region = String(region)
        }
        if leading.contains(.account) {
            guard let account = rest.popFirst(), ASCIIText.isAccount(account) else { return nil }
            result.account = String(account)
        }
        if leading.contains(.function) {
            guard rest.popFirst() == "function" else { return nil }
        }
        guard let name = rest.popFirst(), form.isName(name), rest.count <= 1 else { return nil }
        result.name = String(name)
        if let qualifier = rest.popFirst() {
            guard form.isQualifier(qualifier) else { return nil }
            result.qualifier = String(qualifier)
        }
        return result
    }
}

extension FunctionIdentifier {
    /// The function meant, in the caller's account and Region.
    ///
    /// - Parameter qualifier: The `Qualifier` of the query; if the name has one too, they must be equal.
    /// - Throws: ``LambdaError``; a name or qualifier that no function can have is a function that does not exist.
    func resolve(in scope: Scope, qualifier explicit: String? = nil) throws(LambdaError) -> FunctionARN {
        if let account, account != scope.account.rawValue { throw .otherAccount }
        if let region, region != scope.region.rawValue { throw .regionNotReachable(region, from: scope.region) }
        if let explicit, let qualifier, explicit != qualifier { throw .qualifierMismatch }
        let qualifierText = explicit ?? qualifier
        guard let functionName = FunctionName(name) else {
            throw .functionNotFound(arn: arnText(name: name, qualifier: qualifierText, in: scope))
        }
        guard let qualifierText else { return FunctionARN(scope: scope, name: functionName) }
        guard let qualifier = Qualifier(qualifierText) else {
            throw .functionNotFound(arn: arnText(name: name, qualifier: qualifierText, in: scope))
        }
        return FunctionARN(scope: scope, name: functionName, qualifier: qualifier)
    }

    /// Like ``resolve(in:qualifier:)``, but a function of another account may be meant too.
    func resolveAcrossAccounts(from scope: Scope, qualifier: String?) throws(LambdaError) -> FunctionARN {
        guard let owner = account.flatMap(AccountID.init) else { return try resolve(in: scope, qualifier: qualifier) }
        return try resolve(in: Scope(account: owner, region: scope.region), qualifier: qualifier)
    }

    /// For operations on whole functions.
    func resolveUnqualified(in scope: Scope) throws(LambdaError) -> FunctionARN {
        let arn = try resolve(in: scope)
        guard arn.qualifier == nil else { throw .unqualifiedFunctionsOnly }
        return arn
    }

    private func arnText(name: String, qualifier: String?, in scope: Scope) -> String {
        let base = "arn:\(ARN.partition):lambda:\(scope.region):\(scope.account):function:\(name)"
        return qualifier.map { "\(base):\($0)" } ?? base
    }
}
