// swift-tools-version: 6.2
import PackageDescription

/// Every target builds in Swift 6 mode with the same upcoming features, and a warning fails the build.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let cryptoExtras = Target.Dependency.product(name: "_CryptoExtras", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "trellis",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "trellis", targets: ["trellis"]),
        .executable(name: "trellis-supervisor", targets: ["TrellisSupervisor"]),
        .library(name: "TrellisLambdaEvent", targets: ["TrellisLambdaEvent", "TrellisModel"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration.git", exact: "1.4.0",
            traits: ["YAML"]),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2"),
    ],
    targets: [
        // MARK: Pure decisions
        .target(name: "TrellisModel", swiftSettings: settings),
        .target(name: "TrellisLambdaEvent", dependencies: ["TrellisModel", nioCore], swiftSettings: settings),
        .target(name: "TrellisSignature", dependencies: [crypto], swiftSettings: settings),
        .target(name: "TrellisPolicy", dependencies: ["TrellisModel"], swiftSettings: settings),
        .target(
            name: "TrellisRouting", dependencies: ["TrellisModel", "TrellisPolicy"], swiftSettings: settings),
        .target(
            name: "TrellisPrincipals",
            dependencies: ["TrellisModel", "TrellisPolicy", "TrellisSignature", crypto, cryptoExtras],
            swiftSettings: settings),

        // MARK: State and invocation
        .target(
            name: "TrellisStore",
            dependencies: [
                "TrellisModel", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .target(
            name: "TrellisInvoke",
            dependencies: [
                "TrellisModel", "TrellisSignature", nioCore, nioPosix, nioTLS, nioSSL, logging, serviceLifecycle,
            ],
            swiftSettings: settings),
        .target(
            name: "TrellisLogs",
            dependencies: ["TrellisModel", nioCore, nioPosix, logging, crypto, serviceLifecycle, systemPackage],
            swiftSettings: settings),
        .systemLibrary(
            name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(
            name: "TrellisFunctionHost",
            dependencies: [
                "TrellisModel", "TrellisInvoke", "TrellisStore", "TrellisPolicy", "TrellisLogs", "CLibArchive",
                nioCore, nioPosix, nioHTTP1, logging, crypto, serviceLifecycle,
                .product(name: "Subprocess", package: "swift-subprocess"),
                systemPackage,
            ],
            resources: [.embedInCode("Runtimes")],
            swiftSettings: settings),

        // A program of its own, in C: one runs for each execution environment and must start within a millisecond.
        .executableTarget(name: "TrellisSupervisor"),

        // MARK: AWS APIs
        .target(
            name: "TrellisAPI",
            dependencies: [
                "TrellisModel", "TrellisPolicy", "TrellisSignature", "TrellisPrincipals", nioCore, nioPosix, logging,
                serviceLifecycle,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ],
            swiftSettings: settings),
        .target(
            name: "TrellisLatticeAPI",
            dependencies: ["TrellisModel", "TrellisPolicy", "TrellisStore", "TrellisAPI", logging, serviceLifecycle],
            swiftSettings: settings),
        .target(
            name: "TrellisLambdaAPI",
            dependencies: [
                "TrellisModel", "TrellisPolicy", "TrellisStore", "TrellisAPI", "TrellisInvoke", "TrellisFunctionHost",
                nioCore, crypto, logging, serviceLifecycle,
            ],
            swiftSettings: settings),
        .target(
            name: "TrellisLogsAPI",
            dependencies: ["TrellisModel", "TrellisLogs", "TrellisAPI", nioCore],
            swiftSettings: settings),
        .target(
            name: "TrellisIdentityAPI",
            dependencies: [
                "TrellisModel", "TrellisPolicy", "TrellisStore", "TrellisAPI", "TrellisSignature", "TrellisPrincipals",
                nioCore, crypto, x509, swiftASN1,
            ],
            swiftSettings: settings),

        // MARK: Console
        .target(
            name: "TrellisConsole",
            dependencies: [
                "TrellisModel", "TrellisSignature", "TrellisAPI", "TrellisLatticeAPI", "TrellisLambdaAPI",
                "TrellisFunctionHost", "TrellisTraffic", nioCore, crypto,
            ],
            resources: [.embedInCode("Assets")],
            swiftSettings: settings),

        // MARK: Data plane
        .target(
            name: "TrellisTraffic", dependencies: ["TrellisModel", serviceLifecycle], swiftSettings: settings),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "TrellisAccessLog",
            dependencies: [
                "TrellisModel", "TrellisRouting", "TrellisSignature", "TrellisLambdaEvent", "CZlib",
                nioCore, nioPosix, nioHTTP1, logging, serviceLifecycle, systemPackage, asyncHTTPClient,
            ],
            swiftSettings: settings),
        .target(
            name: "TrellisDataPlane",
            dependencies: [
                "TrellisModel", "TrellisPolicy", "TrellisSignature", "TrellisPrincipals", "TrellisRouting",
                "TrellisLambdaEvent",
                "TrellisInvoke", "TrellisAccessLog", "TrellisTraffic", nioCore, nioPosix, nioHTTP1, nioHTTP2, nioHPACK,
                nioTLS, nioSSL, x509, swiftASN1, crypto, cryptoExtras, logging, serviceLifecycle,
            ],
            swiftSettings: settings),

        // MARK: The program
        .executableTarget(
            name: "trellis",
            dependencies: [
                "TrellisModel", "TrellisStore", "TrellisRouting", "TrellisFunctionHost", "TrellisAPI",
                "TrellisLatticeAPI", "TrellisLambdaAPI", "TrellisIdentityAPI", "TrellisDataPlane", "TrellisAccessLog",
                "TrellisLogs", "TrellisLogsAPI", "TrellisSignature", "TrellisPolicy", "TrellisPrincipals",
                "TrellisLambdaEvent", "TrellisInvoke", "TrellisConsole", "TrellisTraffic", nioCore, nioPosix, nioHTTP1,
                nioEmbedded, nioSSL, logging, serviceLifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                systemPackage,
            ],
            swiftSettings: settings),

        // MARK: Tests
        .testTarget(name: "TrellisModelTests", dependencies: ["TrellisModel"], swiftSettings: settings),
        .testTarget(
            name: "TrellisLambdaEventTests", dependencies: ["TrellisLambdaEvent", "TrellisModel", nioCore],
            swiftSettings: settings),
        // The vectors are read from where they stand, so that the script that makes them can stand beside them.
        .testTarget(
            name: "TrellisSignatureTests", dependencies: ["TrellisSignature"], exclude: ["Vectors"],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisPolicyTests", dependencies: ["TrellisPolicy", "TrellisModel"], swiftSettings: settings),
        // Answers for the tests in Python, which have an evaluator of their own.
        .executableTarget(
            name: "PolicyJudge", dependencies: ["TrellisPolicy", "TrellisModel"], path: "Tests/PolicyJudge",
            swiftSettings: settings),
        .testTarget(
            name: "TrellisPrincipalsTests",
            dependencies: ["TrellisPrincipals", "TrellisPolicy", "TrellisSignature", "TrellisModel"],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisRoutingTests", dependencies: ["TrellisRouting", "TrellisPolicy", "TrellisModel"],
            swiftSettings: settings),
        .executableTarget(
            name: "StoreCrashWriter", dependencies: ["TrellisStore", "TrellisModel"],
            path: "Tests/StoreCrashWriter", swiftSettings: settings),
        .testTarget(
            name: "TrellisStoreTests",
            dependencies: [
                "TrellisStore", "TrellisModel", "StoreCrashWriter", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisInvokeTests",
            dependencies: [
                "TrellisInvoke", "TrellisModel", "TrellisSignature", nioCore, nioPosix, nioEmbedded, nioSSL, logging,
                serviceLifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisLogsTests",
            dependencies: ["TrellisLogs", "TrellisModel", nioCore, logging, systemPackage],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisFunctionHostTests",
            dependencies: [
                "TrellisFunctionHost", "TrellisLogs", "TrellisModel", "TrellisInvoke", "TrellisStore", "TrellisPolicy",
                "CLibArchive", nioCore, nioPosix, nioHTTP1, logging, crypto, serviceLifecycle, systemPackage,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisAPITests",
            dependencies: [
                "TrellisAPI", "TrellisModel", "TrellisPolicy", "TrellisPrincipals", "TrellisSignature", logging,
                nioCore,
                nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisLatticeAPITests",
            dependencies: [
                "TrellisLatticeAPI", "TrellisAPI", "TrellisStore", "TrellisModel", nioCore, logging, serviceLifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisLambdaAPITests",
            dependencies: [
                "TrellisLambdaAPI", "TrellisAPI", "TrellisStore", "TrellisModel", "TrellisInvoke",
                "TrellisFunctionHost", nioCore, nioPosix, crypto, logging, serviceLifecycle, systemPackage,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisLogsAPITests",
            dependencies: ["TrellisLogsAPI", "TrellisLogs", "TrellisAPI", "TrellisModel", nioCore, logging],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisIdentityAPITests",
            dependencies: [
                "TrellisIdentityAPI", "TrellisAPI", "TrellisModel", "TrellisPolicy", "TrellisPrincipals",
                "TrellisSignature", "TrellisStore", nioCore,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisConsoleTests",
            dependencies: [
                "TrellisConsole", "TrellisAPI", "TrellisLambdaEvent", "TrellisModel", "TrellisSignature",
                "TrellisTraffic",
                nioCore,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisTrafficTests", dependencies: ["TrellisTraffic", "TrellisModel"], swiftSettings: settings),
        .testTarget(
            name: "TrellisAccessLogTests",
            dependencies: [
                "TrellisAccessLog", "TrellisRouting", "TrellisModel", "TrellisSignature",
                nioCore, nioPosix, nioHTTP1, logging, serviceLifecycle, systemPackage, asyncHTTPClient,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrellisDataPlaneTests",
            dependencies: [
                "TrellisDataPlane", "TrellisAccessLog", "TrellisRouting", "TrellisModel", "TrellisInvoke",
                "TrellisLambdaEvent",
                "TrellisPolicy", "TrellisPrincipals", "TrellisSignature", "TrellisTraffic",
                nioCore, nioPosix, nioHTTP1, nioHTTP2, nioHPACK, nioTLS, nioSSL, x509, swiftASN1, crypto,
                cryptoExtras, nioEmbedded, logging, serviceLifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "trellisTests",
            dependencies: [
                "trellis", "TrellisModel", "TrellisStore", "TrellisLambdaEvent", "TrellisDataPlane", "TrellisInvoke",
                nioCore,
                nioHTTP1,
            ],
            swiftSettings: settings),
    ]
)
