import ArgumentParser

/// A command that cannot do its work, in words for the person who called it.
struct CommandFailure: Error, CustomStringConvertible {
    /// What could not be done, and why.
    let description: String

    init(_ description: String) { self.description = description }
}

extension ParsableCommand {
    /// Runs `body`; what it throws becomes a message without a Swift type's name in it.
    func reporting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ExitCode {
            throw error
        } catch let error as CleanExit {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
