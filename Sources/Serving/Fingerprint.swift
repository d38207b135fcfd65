import Kernels
import Models
import Platform
package import Settings
import Weights

/// `system_fingerprint`: names everything besides the request that an answer depends on, by contents and not by names
/// or sizes.
package enum Fingerprint {
    /// Files of a folder that say how text becomes tokens and tokens text.
    private static let texts = [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "chat_template.jinja",
    ]
    /// Sections of the settings that change speed, limits and access, and no answer. Any other section counts.
    private static let sectionsBeside: Set = ["model", "http", "engine", "api", "shutdown", "log"]

    /// Digest of what a model's files say besides the weights, and of the template in the file that replaces the model's.
    /// - Throws: ``ServingError/file(_:)`` or ``ServingError/text(_:)`` for a file that cannot be read.
    package static func textDigest(
        of model: ModelFile, replacedTemplate path: String
    ) throws(ServingError) -> [UInt8] {
        var parts = Digest.sha256(model.file.metadata.canonicalBytes)
        if let folder = model.file as? CheckpointFolder {
            for name in texts {
                let text = try ServingError.reading(try folder.text(name)) ?? ""
                parts += Digest.sha256(Array(text.utf8))
            }
        }
        if !path.isEmpty { parts += Digest.sha256(Array(try ModelFile.text(path).utf8)) }
        return Digest.sha256(parts)
    }

    /// The fingerprint of a loaded model that this version of the program serves with these settings.
    package static func text(_ loaded: LoadedModel, _ settings: Configuration, version: String) -> String {
        let defaults = SettingsTable.rows.filter { !sectionsBeside.contains($0.section) }
            .map { "\($0.key)=\($0.rendered(in: settings))" }
        let parts =
            [
                version, loaded.name, hex(loaded.transformer.weightDigest[...]), hex(loaded.textDigest[...]),
                loaded.compute.instructionSet.rawValue, String(Compute.arithmetic), loaded.compute.activations.rawValue,
                loaded.plan.extent.kvFormat.rawValue, String(loaded.plan.extent.context),
            ] + defaults
        return "fp_" + hex(Digest.sha256(Array(parts.joined(separator: "\n").utf8)).prefix(6))
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
