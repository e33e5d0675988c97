//! How many agents, and what a tier allows.

use popkit_coordinator::mode::{Mode, ModeError, Tier, TierRule, choose};

use super::{all, bare, lines, wanted};

#[test]
fn the_least_limit_that_applies_wins_and_is_named() {
    let say = |change: &dyn Fn(&mut popkit_coordinator::mode::Wanted)| {
        let choice = choose(&wanted(|wanted| change(wanted)), &all()).unwrap();
        (choice.agents.agents, choice.agents.to_string())
    };
    assert_eq!(say(&|_| ()), (5, "5 at most, by native.max_parallel_agents".to_owned()));
    assert_eq!(
        say(&|it| it.mode = Some(Mode::Redis)),
        (6, "6 at most, by limits.max_parallel_agents".to_owned())
    );
    assert_eq!(say(&|it| it.most = 3), (3, "3 at most, by limits.max_parallel_agents".to_owned()));
    assert_eq!(
        say(&|it| it.tier = Some(TierRule::shipped(Tier::Free))),
        (2, "2 at most, by tier_limits.free.max_agents".to_owned())
    );
    assert_eq!(
        say(&|it| {
            it.tier = Some(TierRule::shipped(Tier::Pro));
            it.most = 20;
            it.native.agents = 20;
        }),
        (10, "10 at most, by tier_limits.pro.max_agents".to_owned())
    );
}

#[test]
fn fewer_are_given_as_asked_and_more_are_cut() {
    let ask = |agents| choose(&wanted(|wanted| wanted.agents = Some(agents)), &all());
    let few = ask(3).unwrap().agents;
    assert_eq!((few.agents, few.to_string()), (3, "3, as asked for".to_owned()));
    let many = ask(8).unwrap().agents;
    assert_eq!(many.agents, 5);
    assert_eq!(many.to_string(), "5 of the 8 that are asked for, by native.max_parallel_agents");
}

#[test]
fn no_agents_are_refused() {
    let none = choose(&wanted(|wanted| wanted.agents = Some(0)), &all()).unwrap_err();
    assert_eq!(none.to_string(), "the request allows 0 agents; say 1 or more");
    let none = choose(&wanted(|wanted| wanted.native.agents = 0), &all()).unwrap_err();
    assert_eq!(none, ModeError::NoAgents { set_by: "native.max_parallel_agents".to_owned() });
}

#[test]
fn a_tier_allows_its_mode_and_files() {
    let tier = |tier| wanted(|wanted| wanted.tier = Some(TierRule::shipped(tier)));
    let choice = choose(&tier(Tier::Free), &all()).unwrap();
    assert_eq!(choice.mode, Mode::File);
    assert_eq!(lines(&choice)[0], "native: the tier free does not have it");

    let mut no_claude = all();
    no_claude.claude = None;
    assert_eq!(choose(&tier(Tier::Premium), &all()).unwrap().mode, Mode::Native);
    assert_eq!(choose(&tier(Tier::Premium), &no_claude).unwrap().mode, Mode::File);
    assert_eq!(choose(&tier(Tier::Pro), &no_claude).unwrap().mode, Mode::Upstash);
    assert_eq!(choose(&tier(Tier::Pro), &bare()).unwrap().mode, Mode::File);

    let mut asked = tier(Tier::Free);
    asked.mode = Some(Mode::Native);
    assert_eq!(
        choose(&asked, &all()).unwrap_err().to_string(),
        "the mode native cannot be used: the tier free does not have it; choose another mode or \
         tier, or leave the choice to popkit"
    );
}

#[test]
fn tiers_have_names() {
    for tier in Tier::ALL {
        assert_eq!(tier.name().parse::<Tier>().unwrap(), tier);
    }
    let say = "premum".parse::<Tier>().unwrap_err().to_string();
    assert_eq!(say, "there is no tier \"premum\"; did you mean \"premium\"?");
}
