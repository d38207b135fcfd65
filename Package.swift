// swift-tools-version:6.2
import PackageDescription

/// The module graph, bottom to top: a target may import only what stands on its line.
/// This array is the architecture; `ArchitectureTests` holds the sources against it.
struct Module {
    let name: String
    let imports: [String]
    var products: [Target.Dependency] = []
    /// What its tests import besides.
    var testImports: [String] = []
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")

let graph: [Module] = [
    // layer 0
    Module(name: "JSON", imports: []),
    Module(name: "HTTP", imports: []),
    Module(name: "Scheduling", imports: [], products: [collections]),
    Module(name: "LineEditing", imports: []),
    Module(name: "Settings", imports: [], products: [.product(name: "TOMLKit", package: "TOMLKit"), argumentParser]),
    Module(name: "Telemetry", imports: [], products: [.product(name: "Logging", package: "swift-log")]),
    // layer 1
    Module(name: "Platform", imports: ["CSystem", "COpenSSL"]),
    Module(name: "Tokenization", imports: ["JSON"], testImports: ["CAllocationCount"]),
    Module(name: "Templating", imports: ["JSON"]),
    Module(name: "OpenAI", imports: ["JSON"]),
    // layer 2
    Module(name: "Kernels", imports: ["CKernels", "Platform"], testImports: ["CAllocationCount", "CKernels"]),
    Module(name: "Weights", imports: ["JSON", "Platform"]),
    Module(name: "HTTPServer", imports: ["HTTP", "Platform", "Telemetry"], testImports: ["HTTPClient"]),
    Module(name: "HTTPClient", imports: ["JSON", "Platform"]),
    // layer 3
    Module(name: "Sampling", imports: ["Kernels"]),
    Module(name: "TerminalChat", imports: ["HTTPClient", "JSON", "LineEditing", "OpenAI", "Platform"]),
    Module(name: "Conformance", imports: ["HTTPClient", "JSON", "Platform"]),
    Module(name: "Models", imports: ["Kernels", "Weights"], testImports: ["JSON"]),
    // layer 4
    Module(name: "Grammar", imports: ["JSON", "Sampling"], testImports: ["CAllocationCount"]),
    Module(
        name: "Engine", imports: ["Models", "Kernels", "Scheduling", "Sampling", "Platform", "Telemetry"],
        products: [collections], testImports: ["CAllocationCount", "Grammar"]),
    // layer 5
    Module(
        name: "Service",
        imports: [
            "HTTP", "OpenAI", "Templating", "Tokenization", "Grammar", "Sampling", "Scheduling", "Engine", "JSON",
            "Telemetry", "Platform",
        ],
        testImports: ["Models", "Kernels"]),
    // layer 6
    Module(
        name: "Serving",
        imports: [
            "Settings", "Service", "Engine", "Models", "Kernels", "Weights", "Tokenization", "Templating", "OpenAI",
            "HTTP",
            "JSON", "Scheduling", "Sampling", "Telemetry", "Platform",
        ]),
    // layer 7
    Module(
        name: "Bench",
        imports: [
            "HTTPClient", "Serving", "Engine", "Models", "Kernels", "Tokenization", "Grammar", "JSON", "Scheduling",
            "Sampling", "Telemetry", "Platform",
        ]),
]

/// What the executable wires together.
let wired = [
    "Settings", "Bench", "Conformance", "TerminalChat", "Serving", "Service", "HTTPServer", "HTTPClient", "HTTP",
    "Engine", "Models", "Kernels", "Weights", "Tokenization", "Templating", "OpenAI", "JSON", "Platform", "Telemetry",
]

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableExperimentalFeature("Lifetimes"),
]

/// The same optimisation in every configuration: kernels are the specification of the numbers.
let exactC: [CSetting] = [.unsafeFlags(["-std=c11", "-O3", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"])]

func targets(_ names: [String]) -> [Target.Dependency] { names.map { .target(name: $0) } }

let package = Package(
    name: "michat",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .target(name: "CSystem", cSettings: exactC),
        .target(name: "CKernels", cSettings: exactC),
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount", cSettings: exactC),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    ]
        + graph.map {
            .target(name: $0.name, dependencies: targets($0.imports) + $0.products, swiftSettings: strict)
        }
        + [
            .executableTarget(
                name: "michat", dependencies: targets(wired) + [argumentParser], swiftSettings: strict)
        ]
        + graph.map {
            .testTarget(
                name: $0.name + "Tests",
                dependencies: targets([$0.name] + $0.imports.filter { !$0.hasPrefix("C") } + $0.testImports)
                    + $0.products,
                swiftSettings: strict)
        }
        + [
            .testTarget(name: "ArchitectureTests", dependencies: targets(["Settings"]), swiftSettings: strict),
            .testTarget(
                name: "GoldenTests",
                dependencies: targets([
                    "Models", "Engine", "Kernels", "Weights", "Tokenization", "Templating", "JSON", "Scheduling",
                    "Sampling", "Platform", "Telemetry", "CAllocationCount",
                ]),
                swiftSettings: strict),
            .testTarget(
                name: "EndToEndTests", dependencies: targets(["michat", "HTTPClient", "JSON", "Platform"]),
                swiftSettings: strict),
        ]
)
