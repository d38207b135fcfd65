import Testing

/// Types that know each other in a circle can be understood and changed together only.
@Suite struct TypeCircleTests {
    /// The largest circle that is allowed.
    private static let largest = 5
    /// Targets with larger ones, and how large they are.
    private static let excepted = [
        // An interpreter: values hold functions, functions take values and scopes, scopes hold values.
        "Templating": 13,
        // A schema refers to the notations and the notations to the rules that a schema becomes.
        "Grammar": 7,
    ]

    @Test func noCircleOfTypesIsLarge() throws {
        for target in try Repository.targets() {
            let files = try Repository.swiftFiles(of: target).map { try SourceCode(path: $0) }
            guard let circle = TypeGraph(files).circles.first else { continue }
            let allowed = Self.excepted[target] ?? Self.largest
            #expect(circle.count <= allowed, "\(target): \(circle.joined(separator: ", "))")
        }
    }

    @Test func circlesAreFound() {
        let graph = TypeGraph([
            SourceCode("struct A {\n    let b: B\n    // C\n}\n\nextension C {\n    func f() { A().g(\"D\") }\n}\n"),
            SourceCode("final class B {\n    enum D { case x }\n    let c: [C], d: D\n}\n\nprotocol C {}\n"),
            SourceCode("struct D {\n    let a: A\n    var e: Int { x.E }\n}\n\nenum E {\n    case d(D)\n}\n"),
        ])
        #expect(graph.circles == [["A", "B", "C"]])
    }
}
