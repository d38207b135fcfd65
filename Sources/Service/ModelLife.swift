/// Where a model of the catalogue is in its life: `loading → serving → retiring → gone`, or `failed` instead of serving.
package enum ModelLife: Sendable, Equatable {
    /// It is being read; how far that is, for people.
    case loading(progress: String)
    /// New requests go to it.
    case serving
    /// Another one has its place; what it had begun to answer it answers.
    case retiring
    /// Its memory has been given back.
    case gone
    /// It could not be loaded, for this reason.
    case failed(reason: String)

    /// Whether this is a state that can follow the current one.
    package func canBecome(_ next: ModelLife) -> Bool {
        switch (self, next) {
        case (.loading, .loading), (.loading, .serving), (.loading, .failed): true
        case (.serving, .retiring), (.retiring, .gone): true
        default: false
        }
    }
}
