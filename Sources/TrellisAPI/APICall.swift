package import NIOCore
package import TrellisModel
package import TrellisPolicy
package import TrellisPrincipals

/// Who signed a request.
package struct Caller: Sendable {
    package var accessKeyID: String
    package var account: AccountID
    /// The Region in the credential scope; together with the account it says whose resources are meant.
    package var region: Region
    /// As policies look at the caller.
    package var principal: PolicyCaller
    /// What the caller's own policies allow.
    package var policies: IdentityPolicies
    /// What temporary credentials were issued with; `nil` for a long-term key.
    package var session: SessionClaims?

    package init(
        accessKeyID: String, account: AccountID, region: Region, principal: PolicyCaller, policies: IdentityPolicies,
        session: SessionClaims? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.account = account
        self.region = region
        self.principal = principal
        self.policies = policies
        self.session = session
    }

    /// A root user, whom no policy of their own limits.
    package init(accessKeyID: String, account: AccountID, region: Region, principalARN: String, userID: String) {
        self.init(
            accessKeyID: accessKeyID, account: account, region: region,
            principal: PolicyCaller(kind: .account, arn: principalARN, account: account, userID: userID),
            policies: .everything)
    }

    /// `arn:aws:iam::<account>:root` and the like.
    package var principalARN: String { principal.arn }

    /// The account id for the root user, `AIDA…` or `AROA…:session` for others.
    package var userID: String { principal.userID }

    package var scope: Scope { Scope(account: account, region: region) }
}

/// A request whose signature holds and whose operation is known.
package struct APICall: Sendable {
    package var operation: String
    package var caller: Caller
    /// Returned as `x-amzn-requestid`.
    package var requestID: String
    /// Path labels by name, percent-decoded after the path was split.
    package var labels: [String: String]
    package var query: QueryItems
    package var headers: APIHeaders
    package var body: ByteBuffer
    /// The other end of the connection; `nil` if it is not known.
    package var client: IPAddress?

    package init(
        operation: String, caller: Caller, requestID: String, labels: [String: String] = [:],
        query: QueryItems = QueryItems(), headers: APIHeaders = APIHeaders(), body: ByteBuffer = ByteBuffer(),
        client: IPAddress? = nil
    ) {
        self.client = client
        self.operation = operation
        self.caller = caller
        self.requestID = requestID
        self.labels = labels
        self.query = query
        self.headers = headers
        self.body = body
    }

    package var scope: Scope { caller.scope }
}

/// Decoded query parameters in order; a name may appear several times.
package struct QueryItems: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    package var items: [Item]

    package init(items: [Item] = []) {
        self.items = items
    }

    /// Splits at `&` and the first `=` and decodes both sides; a name without `=` has an empty value.
    ///
    /// - Returns: `nil` if a percent sequence is broken or does not decode to UTF-8.
    package init?(_ text: some StringProtocol) {
        var items: [Item] = []
        for piece in text.split(separator: "&") {
            let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = percentDecoded(parts[0], plusIsSpace: true) else { return nil }
            guard parts.count == 2 else {
                items.append(Item(name: name, value: ""))
                continue
            }
            guard let value = percentDecoded(parts[1], plusIsSpace: true) else { return nil }
            items.append(Item(name: name, value: value))
        }
        self.items = items
    }

    package subscript(name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    package func values(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }
}

/// Request headers by name without case.
package struct APIHeaders: Sendable {
    package var fields: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    package subscript(name: String) -> String? {
        fields.first { field in
            field.name.utf8.count == name.utf8.count
                && zip(field.name.utf8, name.utf8).allSatisfy { asciiLowercase($0) == asciiLowercase($1) }
        }?.value
    }
}

/// Decodes `%XX`.
///
/// - Parameter plusIsSpace: As in query strings and forms; in a path `+` is itself.
/// - Returns: `nil` if a percent sequence is broken or the result is not UTF-8.
package func percentDecoded(_ text: some StringProtocol, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
        switch byte {
        case UInt8(ascii: "%"):
            guard let high = rest.next().flatMap(hexadecimalValue), let low = rest.next().flatMap(hexadecimalValue)
            else { return nil }
            bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace:
            bytes.append(UInt8(ascii: " "))
        default:
            bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
