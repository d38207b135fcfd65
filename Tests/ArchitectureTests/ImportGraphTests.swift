import Foundation
import Testing

/// The manifest's `graph` array is the architecture; the sources must say exactly the same.
@Suite struct ImportGraphTests {
    private struct Module {
        let name: String
        let imports: [String]
        let products: [String]
    }

    /// Modules of the toolchain that each target may use besides.
    private static let systemModules: Set<String> = [
        "Glibc", "Dispatch", "Synchronization", "Swift",
    ]
    /// Foundation makes a binary larger by megabytes and its JSON is lenient: no target may have any part of it.
    private static let foundation: Set<String> = ["Foundation", "FoundationEssentials"]

    private static func modules() throws -> [Module] {
        let manifest = try Repository.text("Package.swift")
        let pattern = /Module\(\s*name: "(\w+)",\s*imports: \[([^\]]*)\](.*(?:\n +products:.*)?)/
        return manifest.matches(of: pattern).map { match in
            Module(
                name: String(match.1), imports: quoted(match.2),
                products: products(String(match.3)))
        }
    }

    private static func quoted(_ text: some StringProtocol) -> [String] {
        String(text).matches(of: /"(\w+)"/).map { String($0.1) }
    }

    private static func products(_ text: String) -> [String] {
        var names = text.matches(of: /name: "(\w+)"/).map { String($0.1) }
        if text.contains("collections") { names += ["Collections", "DequeModule", "HeapModule", "OrderedCollections"] }
        if text.contains("argumentParser") { names.append("ArgumentParser") }
        return names
    }

    private static func wired() throws -> [String] {
        let manifest = try Repository.text("Package.swift")
        let match = try #require(manifest.firstMatch(of: /let wired = \[([^\]]*)\]/))
        return quoted(match.1)
    }

    private static func imports(of target: String) throws -> Set<String> {
        var found: Set<String> = []
        for path in Repository.swiftFiles(of: target) {
            for line in try SourceCode(path: path).lines where line.contains("import ") {
                if let match = line.firstMatch(
                    of:
                        /^\s*(?:@\w+(?:\(\w+\))? )*(?:package |internal |private |fileprivate )?import (?:struct |class |enum |func |protocol )?(\w+)/
                ) {
                    found.insert(String(match.1))
                }
            }
        }
        return found
    }

    @Test func theManifestListsEveryFolder() throws {
        let known = try Set(Self.modules().map(\.name)).union(["CSystem", "CKernels", "COpenSSL", "michat"])
        #expect(try Set(Repository.targets()) == known)
    }

    @Test func importsPointToLowerLayersOnly() throws {
        let modules = try Self.modules()
        #expect(modules.count >= 16)
        var layers: [String: Int] = ["CSystem": 0, "CKernels": 0, "COpenSSL": 0]
        for module in modules {
            let below = module.imports.map { layers[$0] }
            #expect(!below.contains(nil), "\(module.name) stands in the graph before something that it imports")
            layers[module.name] = (below.compactMap(\.self).max() ?? -1) + 1
        }
    }

    @Test func everySourceImportsOnlyWhatItsModuleMay() throws {
        for module in try Self.modules() {
            let allowed = Set(module.imports + module.products).union(Self.systemModules)
            let extra = try Self.imports(of: module.name).subtracting(allowed)
            #expect(extra.isEmpty, "\(module.name) imports \(extra.sorted())")
        }
        let allowed = try Set(Self.wired() + ["ArgumentParser"]).union(Self.systemModules)
        let extra = try Self.imports(of: "michat").subtracting(allowed)
        #expect(extra.isEmpty, "michat imports \(extra.sorted())")
    }

    @Test func everyModuleOfTheManifestIsUsed() throws {
        for module in try Self.modules() {
            let unused = try Set(module.imports).subtracting(Self.imports(of: module.name))
            #expect(unused.isEmpty, "\(module.name) is given \(unused.sorted()) and does not import it")
        }
        let unused = try Set(Self.wired()).subtracting(Self.imports(of: "michat"))
        #expect(unused.isEmpty, "michat is given \(unused.sorted()) and does not import it")
    }

    @Test func foundationIsInNoTarget() throws {
        for target in try Repository.targets() {
            let found = try Self.imports(of: target).intersection(Self.foundation)
            #expect(found.isEmpty, "\(target) imports \(found.sorted())")
        }
    }
}
