import TrellisAPI
import TrellisModel

enum GetListener: LatticeOperation {
    static let name = "GetListener"
    static let method = "GET"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let place = try call.readListenerPlace()
        let listener = try await context.reader.listener(place.listener, of: place.service, in: call.scope)
        return .json(listener.fullJSON)
    }
}

extension APICall {
    /// The service and listener named in the path.
    func readListenerPlace() throws -> (service: ServiceID, listener: ListenerID) {
        let labels = try read { (service: $0.serviceLabel(), listener: $0.listenerLabel()) }
        return try listenerPlace(labels.service, labels.listener)
    }

    func listenerPlace(
        _ serviceIdentifier: String, _ listenerIdentifier: String
    ) throws -> (service: ServiceID, listener: ListenerID) {
        let service = try id(serviceIdentifier, of: ServiceKind.self)
        return (service, try id(ofListener: listenerIdentifier, in: service))
    }
}
