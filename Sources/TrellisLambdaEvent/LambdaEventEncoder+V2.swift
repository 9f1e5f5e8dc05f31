/// Event structure version 2.0: lists of values, and the request context.
extension LambdaEventEncoder {
    /// Writes everything before the body's value.
    func writeHeadV2(_ request: LambdaEventRequest, to event: inout JSONCursor) {
        event.write(#"{"version":"2.0","path":"#)
        event.writeString(request.target)
        event.write(#","method":"#)
        event.writeString(request.method)
        event.write(#","headers":{"#)
        writeHeaders(request.headers, .lists, to: &event)
        event.write("}")
        QueryParameters.withParameters(of: request.target) { parameters in
            guard parameters.count > 0 else { return }
            event.write(#","queryStringParameters":{"#)
            writeAllValues(parameters, to: &event)
            event.write("}")
        }
        event.write(#","body":"#)
    }

    /// Writes everything after the body's value.
    func writeTailV2(isBase64: Bool, _ context: LambdaEventContext, to event: inout JSONCursor) {
        event.write(isBase64 ? #","isBase64Encoded":true"# : #","isBase64Encoded":false"#)
        event.write(#","requestContext":{"serviceNetworkArn":"#)
        event.writeString(context.serviceNetworkARN ?? "")
        event.write(#","serviceArn":"#)
        event.writeString(context.serviceARN)
        event.write(#","targetGroupArn":"#)
        event.writeString(context.targetGroupARN)
        event.write(#","identity":{"#)
        writeIdentity(context.identity, to: &event)
        event.write(#"},"region":"#)
        event.writeString(context.region)
        event.write(#","timeEpoch":""#)
        event.write(context.timeEpoch)
        event.write(#""}}"#)
    }

    private func writeAllValues(_ parameters: QueryParameters, to event: inout JSONCursor) {
        parameters.withGroups { groups in
            for first in 0..<parameters.count where groups.isFirst(first) {
                if first > 0 { event.write(",") }
                event.writeString(utf8: parameters.key(first))
                event.write(":[")
                event.writeString(utf8: parameters.value(first))
                var index = first
                while let following = groups.next(after: index) {
                    event.write(",")
                    event.writeString(utf8: parameters.value(following))
                    index = following
                }
                event.write("]")
            }
        }
    }

    private func writeIdentity(_ identity: CallerIdentity, to event: inout JSONCursor) {
        var isFirst = true
        func write(_ name: StaticString, _ value: String?) {
            guard let value else { return }
            if !isFirst { event.write(",") }
            isFirst = false
            event.write(name)
            event.writeString(value)
        }
        write(#""sourceVpcArn":"#, identity.sourceVpcARN)
        write(#""type":"#, identity.type)
        write(#""principal":"#, identity.principal)
        write(#""principalOrgID":"#, identity.principalOrgID)
        write(#""sessionName":"#, identity.sessionName)
        guard let x509 = identity.x509 else { return }
        write(#""x509IssuerOu":"#, x509.issuerOU)
        write(#""x509SanDns":"#, x509.sanDNS)
        write(#""x509SanNameCn":"#, x509.sanNameCN)
        write(#""x509SanUri":"#, x509.sanURI)
        write(#""x509SubjectCn":"#, x509.subjectCN)
    }
}
