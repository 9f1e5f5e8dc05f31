package import TrellisModel

/// A long-term access key and whom it stands for.
package struct AccessKey: Sendable {
    package var id: String
    package var secret: String
    package var account: AccountID
    package var principalARN: String
    package var userID: String

    package init(id: String, secret: String, account: AccountID, principalARN: String, userID: String) {
        self.id = id
        self.secret = secret
        self.account = account
        self.principalARN = principalARN
        self.userID = userID
    }

    /// The key of an account's root user.
    package static func root(id: String, secret: String, account: AccountID) -> AccessKey {
        AccessKey(
            id: id, secret: secret, account: account, principalARN: account.rootARN, userID: account.rawValue)
    }
}

/// Which access keys the API accepts.
package enum AccessKeyPolicy: Sendable {
    /// Exactly these keys, each with its signature checked.
    case known([AccessKey])
    /// Every key and signature is taken as the root user of one account; a credential scope without a usable Region
    /// means the default one. Only for loopback.
    case anyKey(account: AccountID, defaultRegion: Region)
}
