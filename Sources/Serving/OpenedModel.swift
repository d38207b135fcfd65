import Models
import Platform
package import Settings
import Weights

/// A model that the settings name, opened and planned: what loading it takes is known, and nothing of it is taken yet.
package struct OpenedModel {
    /// The settings, sampling as the model's makers recommend where they do not say.
    package let settings: Configuration
    /// What its makers recommend.
    package let recommended: SamplingSuggestion
    /// What serving it takes.
    package let plan: ServingPlan
    /// The first name that clients see.
    package let name: String
    /// Its file or folder.
    let file: ModelFile

    /// Opens the model and works out what it takes.
    ///
    /// - Parameter given: keys of settings that somebody has set; for others the model's recommendations hold.
    /// - Throws: ``ServingError`` for what is no model, cannot be served, or does not fit into memory even alone.
    package init(_ wanted: Configuration, given: Set<String>) throws(ServingError) {
        file = try ModelFile(wanted)
        recommended = try file.sampling()
        var settings = wanted
        settings.sampling = recommended.applied(to: wanted.sampling, given: given)
        self.settings = settings
        plan = try ServingPlan(file, settings)
        try plan.check()
        name = file.servedNames(settings).first ?? ""
    }

    /// Tells this state of the model's files from any other, without reading the weights.
    /// - Throws: ``ServingError`` for files that cannot be read.
    func state() throws(ServingError) -> State {
        State(
            weights: file.file.identities,
            texts: try Fingerprint.textDigest(of: file, replacedTemplate: settings.model.chatTemplate))
    }

    /// Finds the mistakes that can be found without the weights: while another model serves, they cost nothing.
    /// - Throws: ``ServingError`` that names the first one.
    func check() throws(ServingError) {
        try LoadedModel.check(try file.tokenizer(), file, rows: plan.shape.vocabulary)
        _ = try file.template(replacedBy: settings.model.chatTemplate)
        _ = try file.toolTemplate(replacedBy: settings.model.chatTemplate)
        _ = try LoadedModel.compute(settings)
    }

    /// A state of a model's files.
    struct State: Sendable, Equatable {
        fileprivate let weights: [FileIdentity]
        fileprivate let texts: [UInt8]
    }
}
