import TrellisModel

/// An account and a Region other than the ones of ``TestWorld``.
enum TrellisAccount {
    static let other = AccountID("444455556666")
    static let otherRegion = Region("eu-central-1")
}
