// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses Trellis builds it. The sources stand here by symbolic links, so that they are of
// one package and the benchmarks reach what others may not link.
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
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "_CryptoExtras", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "trellis-benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // Counts allocations by standing in for malloc, and gives callgrind a function to begin and end at.
        .target(name: "CBenchmarkSupport"),
        .target(name: "BenchmarkCounting", dependencies: ["CBenchmarkSupport"], swiftSettings: settings),
        .executableTarget(
            name: "EventBenchmark",
            dependencies: ["BenchmarkCounting", "TrellisLambdaEvent", "TrellisModel", nioCore],
            swiftSettings: settings),
        .executableTarget(
            name: "RequestBenchmark",
            dependencies: [
                "BenchmarkCounting", "TrellisModel", "TrellisRouting", "TrellisPolicy", "TrellisSignature",
                "TrellisStore", "TrellisInvoke", "TrellisDataPlane", nioCore, nioHTTP1, nioEmbedded, logging,
            ],
            swiftSettings: settings),

        // MARK: What is measured, with the dependencies that the main package gives it
        .target(name: "TrellisModel", swiftSettings: settings),
        .target(name: "TrellisLambdaEvent", dependencies: ["TrellisModel", nioCore], swiftSettings: settings),
        .target(name: "TrellisSignature", dependencies: [crypto], swiftSettings: settings),
        .target(name: "TrellisPolicy", dependencies: ["TrellisModel"], swiftSettings: settings),
        .target(name: "TrellisRouting", dependencies: ["TrellisModel", "TrellisPolicy"], swiftSettings: settings),
        .target(
            name: "TrellisPrincipals",
            dependencies: ["TrellisModel", "TrellisPolicy", "TrellisSignature", crypto, cryptoExtras],
            swiftSettings: settings),
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
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "TrellisAccessLog",
            dependencies: [
                "TrellisModel", "TrellisRouting", "TrellisSignature", "TrellisLambdaEvent", "CZlib", nioCore, nioPosix,
                nioHTTP1, logging, serviceLifecycle, systemPackage, asyncHTTPClient,
            ],
            swiftSettings: settings),
        .target(
            name: "TrellisTraffic", dependencies: ["TrellisModel", serviceLifecycle], swiftSettings: settings),
        .target(
            name: "TrellisDataPlane",
            dependencies: [
                "TrellisModel", "TrellisPolicy", "TrellisSignature", "TrellisPrincipals", "TrellisRouting",
                "TrellisLambdaEvent", "TrellisInvoke", "TrellisAccessLog", "TrellisTraffic", nioCore, nioPosix,
                nioHTTP1, nioHTTP2, nioHPACK, nioTLS, nioSSL, x509, swiftASN1, crypto, cryptoExtras, logging,
                serviceLifecycle,
            ],
            // Log lines, policy requests and connections are internal; optimised as ever.
            swiftSettings: settings + [.unsafeFlags(["-enable-testing"])]),
    ]
)
