import ArgumentParser
import Platform
import Serving
import Weights

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
            throw Self.calledWrongly(error)
        } catch ServingError.noModel {
            throw Self.calledWrongly(ServingError.noModel)
        } catch {
            throw CommandFailure(Self.shown(error))
        }
    }

    /// Says what is wrong with the call, and where to read how it is done.
    private static func calledWrongly(_ error: any Error) -> ExitCode {
        // Thrown on, it would be shown with the usage of the program instead of this command's.
        Terminal.note("Error: \(shown(error))\nSee 'michat \(words) --help' for more information.")
        return ExitCode.validationFailure
    }

    /// The words that call this command, such as `bench kernels`.
    private static var words: String { (path(from: Michat.self) ?? [commandWord]).joined(separator: " ") }

    /// The word that calls this command below its parent.
    static var commandWord: String { configuration.commandName ?? String(describing: Self.self).lowercased() }

    /// The names of the commands below `parent` that lead here.
    private static func path(from parent: any ParsableCommand.Type) -> [String]? {
        for child in parent.configuration.subcommands {
            if child == Self.self { return [commandWord] }
            if let rest = path(from: child) { return [child.commandWord] + rest }
        }
        return nil
    }

    /// One line, whatever a model file or a server has put into it.
    private static func shown(_ error: any Error) -> String { Quotation.shortened("\(error)", to: 4096) }
}
