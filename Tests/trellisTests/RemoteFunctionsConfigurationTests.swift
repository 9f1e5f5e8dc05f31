import Foundation
import Testing
import TrellisInvoke
import TrellisModel

@testable import trellis

@Suite struct RemoteFunctionsConfigurationTests {
    @Test func aMappingNeedsAnEndpointAndNothingElse() async throws {
        let configuration = try await ServerConfigurationTests.load(
            yaml: "remoteFunctions:\n  - endpoint:\n      url: http://127.0.0.1:9000\n")
        let mapping = try #require(configuration.declared.remoteFunctions.first)
        #expect(mapping.account == nil)
        #expect(mapping.region == nil)
        #expect(mapping.functions == ["*"])
        #expect(mapping.endpoint.origin.description == "http://127.0.0.1:9000")
        #expect(mapping.endpoint.credentials == .standardChain)
        #expect(mapping.endpoint.limits == RemoteEndpointLimits())
        #expect(mapping.endpoint.tls == nil)
    }

    @Test func everythingCanBeSaid() async throws {
        let configuration = try await ServerConfigurationTests.load(
            yaml: """
                remoteFunctions:
                  - account: "123456789012"
                    region: eu-west-1
                    functions: [orders-*, billing]
                    endpoint:
                      url: https://lambda.eu-west-1.amazonaws.com
                      region: eu-west-2
                      account: "210987654321"
                      functionName: function
                      profile: work
                      connectTimeoutMs: 1
                      timeoutMs: 2
                      queueTimeoutMs: 3
                      idleTimeoutMs: 4
                      maxConnections: 5
                  - functions: other
                    endpoint: {url: "http://localhost:1/base", credentials: none}
                """)
        let mappings = configuration.declared.remoteFunctions
        #expect(mappings.map(\.functions) == [["orders-*", "billing"], ["other"]])
        #expect(mappings[0].account?.rawValue == "123456789012")
        #expect(mappings[0].region?.rawValue == "eu-west-1")
        let endpoint = mappings[0].endpoint
        #expect(endpoint.region?.rawValue == "eu-west-2")
        #expect(endpoint.account?.rawValue == "210987654321")
        #expect(endpoint.functionName == "function")
        #expect(endpoint.credentials == .profile("work"))
        #expect(endpoint.tls != nil)
        #expect(endpoint.limits.connectTimeout == .milliseconds(1))
        #expect(endpoint.limits.timeout == .milliseconds(2))
        #expect(endpoint.limits.queueTimeout == .milliseconds(3))
        #expect(endpoint.limits.idleTimeout == .milliseconds(4))
        #expect(endpoint.limits.maximumConnections == 5)
        #expect(mappings[1].endpoint.credentials == .unsigned)
        #expect(mappings[1].endpoint.origin.basePath == "/base")
    }

    @Test func everyProblemIsReportedAtOnce() async {
        let found = await ServerConfigurationTests.problems(
            yaml: """
                remoteFunctions:
                  - account: "12"
                    region: Mars
                    functions: ["a b", ""]
                    endpoint:
                      url: ftp://x
                      credentials: mine
                      profile: p
                      functionName: a b
                      caFile: /nonexistent
                      timeoutMs: 0
                      maxConnections: many
                      retries: 3
                  - functions: []
                  - endpoint: {url: "http://h", caFile: /x, credentials: none, profile: p}
                  - endpoint: {url: "https://h", caFile: /nonexistent}
                """
        ).map { $0.drop { $0 != "[" } }
        for expected in [
            "[0].account: '12'", "[0].region: 'Mars'", "[0].functions: 'a b'", "[0].functions: ''",
            "[0].endpoint.url: ",
            "[0].endpoint.credentials: 'mine'", "[0].endpoint.functionName: 'a b'", "[0].endpoint.timeoutMs: '0'",
            "[0].endpoint.maxConnections: 'many'", "[0].endpoint: unknown key 'retries'", "[1].functions: must name",
            "[1].endpoint: is missing", "[2].endpoint: profile and credentials exclude each other",
            "[2].endpoint.caFile: goes with an https url only", "[3].endpoint.caFile: '/nonexistent' cannot be read",
        ] {
            #expect(found.contains { $0.hasPrefix(expected) }, "\(expected)")
        }
        #expect(await ServerConfigurationTests.problems(yaml: "remoteFunctions: 1").count == 1)
    }
}
