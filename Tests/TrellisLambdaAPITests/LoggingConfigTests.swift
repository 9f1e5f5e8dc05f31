import Testing
import TrellisAPI
import TrellisModel

@Suite struct LoggingConfigTests {
    static func config(_ members: [String: JSONValue]) -> [String: JSONValue] { ["LoggingConfig": .object(members)] }

    @Test func jsonHasLevelsOfItsOwnByDefault() async throws {
        let server = try LambdaServer()
        let created = try await server.create("f", Self.config(["LogFormat": "JSON"]))
        #expect(
            created["LoggingConfig"]
                == .object([
                    "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
                    "LogGroup": "/aws/lambda/f",
                ]))
    }

    @Test func everySettingIsKeptAndGoesWithTheFormat() async throws {
        let server = try LambdaServer()
        try await server.create(
            "f",
            Self.config([
                "LogFormat": "JSON", "ApplicationLogLevel": "TRACE", "SystemLogLevel": "WARN", "LogGroup": "/all",
            ]))
        let path = "/functions/f/configuration"
        let renamed = await server.send("PUT", path, .object(Self.config(["LogGroup": "/other"])))
        #expect(renamed["LoggingConfig", "ApplicationLogLevel"] == "TRACE")
        #expect(renamed["LoggingConfig", "LogGroup"] == "/other")
        let text = await server.send("PUT", path, .object(Self.config(["LogFormat": "Text"])))
        #expect(text["LoggingConfig"] == .object(["LogFormat": "Text", "LogGroup": "/other"]))
    }

    @Test(
        arguments: [
            (["LogFormat": "XML"], "ValidationException"), (["LogGroup": "a b"], "ValidationException"),
            (["LogGroup": ""], "ValidationException"), (["LogGroup": 7], "SerializationException"),
            (["SystemLogLevel": "WARN"], "InvalidParameterValueException"),
            (["LogFormat": "Text", "ApplicationLogLevel": "INFO"], "InvalidParameterValueException"),
            (["LogFormat": "JSON", "SystemLogLevel": "ERROR"], "ValidationException"),
        ] as [([String: JSONValue], String)])
    func refuses(_ members: [String: JSONValue], _ type: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send("POST", "/functions", LambdaServer.createBody("f", Self.config(members)))
        #expect(answer.errorType == type)
    }

    @Test func withoutSettingsItIsTextInTheFunctionsOwnGroup() async throws {
        let server = try LambdaServer()
        let created = try await server.create("f")
        #expect(created["LoggingConfig"] == .object(["LogFormat": "Text", "LogGroup": "/aws/lambda/f"]))
    }
}
