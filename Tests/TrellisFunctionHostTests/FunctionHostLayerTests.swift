import SystemPackage
import Testing
import TrellisInvoke
import TrellisModel
import TrellisStore

@testable import TrellisFunctionHost

@Suite("Functions with layers")
struct FunctionHostLayerTests {
    /// Gives the function the layers, each with these files.
    private func add(_ layers: [[ZipWriter.File]], to record: FunctionRecord, of running: RunningHost) async throws {
        var record = record
        for (index, files) in layers.enumerated() {
            let package = try await running.host.packages.store(try ZipWriter.zip(files))
            let name = try #require(LayerName("layer\(index)"))
            record.latest.layers.append(
                FunctionLayer(
                    arn: LayerVersionARN(layer: LayerARN(scope: record.scope, name: name), version: 1),
                    codeSHA256: package.sha256, codeSize: package.size, unzippedSize: package.unzippedSize))
        }
        try await running.put(record, at: .function(record.name, in: record.scope))
    }

    @Test(
        "Python finds modules of layers, the function's own first, the later layer's before the earlier one's",
        arguments: [[:], ["PYTHONPATH": "/nowhere"]])
    func python(environment: [String: String]) async throws {
        try await RunningHost.run { running in
            let code = """
                import own, shared, package
                def handler(event, context):
                    return [own.name, shared.name, package.name]
                """
            let record = try await running.deploy(
                "f", [.init(path: "app.py", text: code), .init(path: "own.py", text: "name = 'function'")],
                runtime: "python3.11", environment: environment)
            let layers: [[ZipWriter.File]] = [
                [
                    .init(path: "python/own.py", text: "name = 'layer'"),
                    .init(path: "python/shared.py", text: "name = 'first'"),
                ],
                [
                    .init(path: "python/shared.py", text: "name = 'second'"),
                    .init(path: "python/lib/python3.11/site-packages/package.py", text: "name = 'site'"),
                ],
            ]
            try await add(layers, to: record, of: running)
            let outcome = try await running.invoke()
            #expect(outcome.summary == #"200 ["function", "second", "site"]"#, "\(outcome.tail)")
        }
    }

    @Test("Node finds modules of layers")
    func node() async throws {
        try await RunningHost.run { running in
            let code = "const shared = require('shared');\nexports.handler = async () => shared.name;\n"
            let record = try await running.deploy(
                "f", [.init(path: "app.js", text: code)], runtime: "nodejs20.x")
            let module = "exports.name = 'layer';\n"
            try await add(
                [[.init(path: "nodejs/node_modules/shared/index.js", text: module)]], to: record, of: running)
            let outcome = try await running.invoke()
            #expect(outcome.summary == #"200 "layer""#, "\(outcome.tail)")
        }
    }

    @Test("a layer's bootstrap runs a function that has none, and its programs are found")
    func bootstrap() async throws {
        try await RunningHost.run { running in
            let record = try await running.deploy(
                "f", [.init(path: "data", text: "d")], runtime: "provided.al2023", handler: "unused")
            let script = """
                #!/bin/sh
                while :; do
                  head=$(mktemp)
                  curl -sS -D "$head" -o /dev/null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"
                  id=$(grep -i '^lambda-runtime-aws-request-id:' "$head" | tr -d '\\r' | cut -d' ' -f2)
                  curl -sS -o /dev/null -d "\\"$(trellis-layer-tool)\\"" \
                    "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
                done
                """
            let layer: [ZipWriter.File] = [
                .init(path: "bootstrap", text: script, isExecutable: true),
                .init(path: "bin/trellis-layer-tool", text: "#!/bin/sh\necho from the layer\n", isExecutable: true),
            ]
            try await add([layer], to: record, of: running)
            let outcome = try await running.invoke()
            #expect(outcome.summary == #"200 "from the layer""#, "\(outcome.tail)")
        }
    }

    @Test("packages of running functions stay; those of deleted functions go when their processes are gone")
    func collection() async throws {
        try await RunningHost.run { running in
            let code = "def handler(event, context):\n    return open('app.py').read()[:3]\n"
            let record = try await running.deploy("f", [.init(path: "app.py", text: code)])
            try await add([[.init(path: "python/x.py", text: "x = 1")]], to: record, of: running)
            #expect(try await running.invoke().summary == #"200 "def""#)
            #expect(try await running.host.collectPackages() == [])
            #expect(try await running.invoke().summary == #"200 "def""#)
            let key = StoreKey.function(record.name, in: record.scope)
            try await running.host.waitUntilApplied(running.store.write([.delete(key)]))
            #expect(
                try await running.eventually {
                    try await running.host.collectPackages()
                    return running.directory.names().allSatisfy { !$0.hasSuffix(".zip") }
                })
            #expect(running.directory.names().filter { $0.hasPrefix("unpacked/") } == ["unpacked/.boot-id"])
        }
    }
}
