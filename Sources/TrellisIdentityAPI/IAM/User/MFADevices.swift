import TrellisModel

/// There are no MFA devices here: whatever makes one or is about one is refused.
enum NoMFADevices<Kind: MFAActionName>: IAMAction {
    static var name: String { Kind.name }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        throw IAMError.invalidInput("This Trellis does not support MFA devices.")
    }
}

/// The name of an action that is refused.
protocol MFAActionName {
    static var name: String { get }
}

enum MFAActions {
    enum Create: MFAActionName { static let name = "CreateVirtualMFADevice" }
    enum Enable: MFAActionName { static let name = "EnableMFADevice" }
    enum Resync: MFAActionName { static let name = "ResyncMFADevice" }
    enum Deactivate: MFAActionName { static let name = "DeactivateMFADevice" }
    enum Delete: MFAActionName { static let name = "DeleteVirtualMFADevice" }
    enum Get: MFAActionName { static let name = "GetMFADevice" }
    enum Tag: MFAActionName { static let name = "TagMFADevice" }
    enum Untag: MFAActionName { static let name = "UntagMFADevice" }
    enum ListTags: MFAActionName { static let name = "ListMFADeviceTags" }

    static let all: [any IAMAction.Type] = [
        NoMFADevices<Create>.self, NoMFADevices<Enable>.self, NoMFADevices<Resync>.self,
        NoMFADevices<Deactivate>.self, NoMFADevices<Delete>.self, NoMFADevices<Get>.self, NoMFADevices<Tag>.self,
        NoMFADevices<Untag>.self, NoMFADevices<ListTags>.self, ListVirtualMFADevices.self,
    ]
}

enum ListVirtualMFADevices: IAMAction {
    static let name = "ListVirtualMFADevices"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let page = try call.read { $0.page() }
        return try page.answer(
            "VirtualMFADevices", [String](), position: \.self, member: { XMLElement("member", $0) })
    }
}
