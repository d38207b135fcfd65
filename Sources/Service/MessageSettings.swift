/// How messages become a prompt.
package struct MessageSettings: Sendable {
    /// Whether names of control tokens in messages become those tokens.
    package let readsControlTokens: Bool
    /// Whether system messages are put where the template shows them.
    package let joinsSystem: Bool

    /// Both of them.
    package init(readsControlTokens: Bool, joinsSystem: Bool) {
        self.readsControlTokens = readsControlTokens
        self.joinsSystem = joinsSystem
    }
}
