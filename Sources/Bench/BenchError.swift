/// Why nothing could be measured.
package struct BenchError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence for the person who asked.
    package let description: String

    /// An error in words.
    package init(_ description: String) { self.description = description }

    /// Does what fails with an error of its own, as a part of a bench.
    static func reporting<Result>(_ work: @autoclosure () throws -> Result) throws(BenchError) -> Result {
        do {
            return try work()
        } catch {
            throw BenchError("\(error)")
        }
    }
}
