import Testing

/// The word `unsafe` marks every use of memory that the compiler cannot check, so it can be counted.
@Suite struct UnsafeBudgetTests {
    /// Targets that may use it, and how often. A target that is not named may not use it at all.
    private static let budgets = ["Platform": 110, "Kernels": 165, "Weights": 25, "HTTPServer": 10]

    @Test func everyTargetStaysInsideItsBudget() throws {
        for target in try Repository.targets() {
            var count = 0
            for path in Repository.swiftFiles(of: target) {
                let lines = try SourceCode(path: path).lines.filter { $0.contains("unsafe") }
                count += lines.reduce(0) { $0 + $1.matches(of: /\bunsafe\b/).count }
            }
            let budget = Self.budgets[target] ?? 0
            #expect(count <= budget, "\(target) says unsafe \(count) times; its budget is \(budget)")
        }
    }

    @Test func nothingIsCheckedByAssertionOnly() throws {
        for target in try Repository.targets() where Self.budgets[target] == nil {
            for path in Repository.swiftFiles(of: target) {
                let lines = try SourceCode(path: path).lines
                #expect(!lines.contains { $0.contains("@unchecked Sendable") }, "\(path) says @unchecked Sendable")
            }
        }
    }
}
