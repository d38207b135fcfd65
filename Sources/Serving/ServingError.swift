package import Weights

/// Why a model cannot be served, in words for the person who asked for it.
package enum ServingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The settings name no model: nothing is wrong with any file.
    case noModel
    /// A file of the model cannot be used.
    case file(WeightsError)
    /// The files of the model do not fit together, or say what is not supported.
    case model(String)
    /// A text file that the settings name cannot be used.
    case text(String)
    /// A setting does not go with the model, the machine or another setting.
    case setting(String)
    /// There is not enough memory.
    case memory(String)
    /// The model is loaded and does not answer.
    case engine(String)

    /// One sentence that names the file, the setting or the amount at fault.
    package var description: String {
        switch self {
        case .noModel: "no model: give --model PATH, MICHAT_MODEL or path in [model]"
        case .file(let error): error.description
        case .model(let reason), .text(let reason), .setting(let reason), .memory(let reason), .engine(let reason):
            reason
        }
    }

    /// Does what fails with an error of a file, as a part of serving.
    static func reading<Result>(
        _ work: @autoclosure () throws(WeightsError) -> Result
    ) throws(ServingError) -> Result {
        do {
            return try work()
        } catch {
            throw .file(error)
        }
    }
}
