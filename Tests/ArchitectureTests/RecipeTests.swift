import Foundation
import Testing

/// The recipes for formats and instruction sets name files that exist, and all that a format is named in.
@Suite struct RecipeTests {
    /// The text of one recipe of `AddingThings.md`.
    private static func recipe(_ title: String) throws -> String {
        let page = try Repository.text("Sources/michat/michat.docc/AddingThings.md")
        let parts = page.components(separatedBy: "\n**")
        return try #require(parts.first { $0.hasPrefix(title + ".**") })
    }

    /// Paths in code marks, from the root.
    private static func files(_ recipe: String) -> [String] {
        recipe.matches(of: /`((?:Tests|scripts|\w+)\/[\w\/.-]+)`/).map { match in
            let path = String(match.1)
            return path.hasPrefix("Tests/") || path.hasPrefix("scripts/") ? path : "Sources/" + path
        }
    }

    @Test(arguments: ["A weight format", "An instruction set"])
    func everyFileOfTheRecipeExists(_ title: String) throws {
        let files = Self.files(try Self.recipe(title))
        #expect(files.count >= 6)
        for file in files {
            let path = Repository.root.appendingPathComponent(file).path
            #expect(FileManager.default.fileExists(atPath: path), "\(title): \(file)")
        }
    }

    /// One format stands for all of them: whatever names it is a file that the next format touches.
    @Test func aWeightFormatIsNamedInSixFiles() throws {
        let steps = try Self.recipe("A weight format").components(separatedBy: "\n\nWhat users").first ?? ""
        let allowed = Set(Self.files(steps).filter { $0.hasPrefix("Sources/") })
        #expect(allowed.count == 6)
        let paths = Repository.files(below: "Sources", endings: ["swift", "c", "h"])
        let found = try paths.filter { try Repository.text($0).contains(/(?i)q5_?1\b/) }
        #expect(!found.isEmpty && allowed.isSuperset(of: found), "\(found)")
    }

    @Test func theWideKernelsNameNoInstruction() throws {
        for path in Repository.files(below: "Sources/CKernels/wide", endings: ["h"]) {
            let text = try Repository.text(path)
            #expect(!text.contains(/_mm|\b__m\d|immintrin|__builtin_ia32|arm_neon|csr\b/), "\(path)")
        }
    }

    /// A throwing declaration says which error comes when.
    @Test(arguments: ["Kernels", "Weights", "Models", "Platform"])
    func everyThrowingDeclarationNamesItsError(_ target: String) throws {
        for path in Repository.swiftFiles(of: target) {
            let lines = try Repository.text(path).components(separatedBy: "\n")
            for (index, line) in lines.enumerated()
            where line.contains(/^\s*(?:@\S+ )*package (?:\w+ )*(?:func|init)\b/) && Self.isThrowing(lines, index) {
                let above = lines[..<index].reversed().prefix { $0.contains(/^\s*(?:\/\/\/|@)/) }
                #expect(above.contains { $0.contains("- Throws:") }, "\(path):\(index + 1): \(line)")
            }
        }
    }

    /// Whether the signature that begins on this line throws.
    private static func isThrowing(_ lines: [String], _ start: Int) -> Bool {
        for line in lines[start...].prefix(8) {
            let head = line.prefix { $0 != "{" }
            if head.contains(/\bthrows\b/) { return true }
            if line.contains("{") { return false }
        }
        return false
    }
}
