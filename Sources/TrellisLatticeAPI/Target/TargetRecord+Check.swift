package import TrellisModel
import TrellisStore

/// The function of a target may be deleted while it is registered.
extension TargetRecord: CheckedRecord {
    package var references: [StoreKey] { [.targetGroup(targetGroup, in: scope)] }
}
