// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let lambdaEvent = Target.Dependency.product(name: "TrellisLambdaEvent", package: "trellis")

/// Fuzz targets, in a package of their own so that nobody who uses Trellis builds them; `make fuzz` runs them.
let package = Package(
    name: "fuzz",
    dependencies: [
        .package(name: "trellis", path: ".."),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
    ],
    targets: [
        .target(name: "FuzzJudge", dependencies: [lambdaEvent, nioCore], swiftSettings: settings),
        .executableTarget(
            name: "FuzzEventEncoder", dependencies: ["FuzzJudge", lambdaEvent, nioCore], swiftSettings: settings),
        .executableTarget(
            name: "FuzzResponseDecoder", dependencies: ["FuzzJudge", lambdaEvent, nioCore], swiftSettings: settings),
    ]
)
