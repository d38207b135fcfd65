import Foundation
import Settings
import Testing

/// Models that lie in the repository, and folders for changed ones.
enum Fixtures {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// A GGUF file of a small model without a drafting layer.
    static let llama = folder.appendingPathComponent("llama-tiny-Q8_0.gguf").path

    /// A folder with a published model.
    static func checkpoint(_ name: String) -> String { folder.appendingPathComponent("checkpoints/\(name)").path }

    /// The defaults with a model and other values, by key.
    static func settings(_ model: String, _ values: [String: String] = [:]) throws -> Configuration {
        var settings = Configuration()
        settings.model.path = model
        settings.model.cacheDir = "none"
        for (key, value) in values {
            let row = try #require(SettingsTable.row(key))
            try row.assign(value, to: &settings)
        }
        return settings
    }
}

/// A folder that is there as long as the object.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("serving-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file; returns its path.
    @discardableResult func write(_ name: String, _ bytes: Data) throws -> String {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: file)
        return file.path
    }

    /// Copies a published model; returns the path of its folder.
    func copy(_ checkpoint: String, as name: String) throws -> String {
        for file in try FileManager.default.contentsOfDirectory(atPath: Fixtures.checkpoint(checkpoint)) {
            let source = URL(fileURLWithPath: Fixtures.checkpoint(checkpoint)).appendingPathComponent(file)
            try write("\(name)/\(file)", Data(contentsOf: source.resolvingSymlinksInPath()))
        }
        return path + "/" + name
    }
}
