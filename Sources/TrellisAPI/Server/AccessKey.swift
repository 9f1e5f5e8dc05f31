package import TrellisModel
package import TrellisPrincipals
package import TrellisSignature

/// Which access keys the API accepts.
package enum AccessKeyPolicy: Sendable {
    /// The keys that this finds, each with its signature checked.
    case known(@Sendable (_ accessKeyID: String, _ token: SessionToken?) -> KnownCaller?)
    /// Every key and signature is taken as the root user of one account; a credential scope without a usable Region
    /// means the default one. Only for loopback.
    case anyKey(account: AccountID, defaultRegion: Region)
}
