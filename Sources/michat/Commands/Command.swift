import ArgumentParser
import Platform
import Serving
import Weights

/// A command of the program.
protocol Command: ParsableCommand {
    /// The command that it stands below; nil for one that the program has itself.
    static var parent: String? { get }
}

extension Command {
    static var parent: String? { nil }

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
        let words = [parent, commandWord].compactMap(\.self).joined(separator: " ")
        Terminal.note("Error: \(shown(error))\nSee 'michat \(words) --help' for more information.")
        return ExitCode.validationFailure
    }

    /// One line, whatever a model file or a server has put into it.
    private static func shown(_ error: any Error) -> String { Quotation.shortened("\(error)", to: 4096) }
}

extension ParsableCommand {
    /// The word that calls this command below its parent.
    static var commandWord: String { configuration.commandName ?? String(describing: Self.self).lowercased() }
}
