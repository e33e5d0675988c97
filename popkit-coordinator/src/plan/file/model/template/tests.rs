use std::process;

use super::*;

fn shell(script: &str, prompt: &str) -> Command {
    let template = Template::new(&Command::Shell(script.to_owned())).unwrap();
    template.render(prompt, &TaskId::new("t-1").unwrap(), "A title", 2)
}

fn output(command: &Command) -> String {
    let argv = command.to_argv();
    let (program, args) = argv.split_first().unwrap();
    let output = process::Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{argv:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn arguments_are_filled_in() {
    let argv = ["tool", "--id={id}", "{prompt}", "{{x}} {title} #{attempt}"];
    let argv = argv.map(str::to_owned).to_vec();
    let template = Template::new(&Command::Argv(argv)).unwrap();
    assert_eq!(template.program(), Some("tool"));
    assert_eq!(
        template.render("a {id} b", &TaskId::new("t").unwrap(), "T", 3).to_argv(),
        ["tool", "--id=t", "a {id} b", "{x} T #3"],
    );
}

#[test]
fn a_value_in_a_script_stays_one_word_and_never_runs() {
    let scripts = [
        "printf '%s|' {prompt} {id}",
        "printf '%s|' \"{prompt}\" '{id}'",
        "printf '%s|' '{prompt}' \"{id}\"",
        "# don't\nprintf '%s|' {prompt} {id}",
        "printf '%s|' \"$(printf %s {prompt})\" {id}",
        "printf '%s|' \"$(printf %s \"{prompt}\")\" \"${{x:-{id}}}\"",
        "x='a b'; printf '%s|' \\\"{prompt} {id} | sed 's/^\"//'",
        "printf '%s|' a#'{prompt}' {id} | sed 's/^a#//'",
    ];
    let prompts =
        ["two words", "$(echo bad) `echo bad` $HOME", "'\"; echo bad; '", "*", "-n\nline", "\\"];
    for script in scripts {
        for prompt in prompts {
            assert_eq!(output(&shell(script, prompt)), format!("{prompt}|t-1|"), "{script}");
        }
    }
}

#[test]
fn parameters_stay_free_and_braces_are_kept() {
    assert_eq!(output(&shell("echo $# {attempt} {{}}", "p")), "0 2 {}\n");
    assert_eq!(shell("echo {{}}", "p"), Command::Shell("echo {}".to_owned()));
}

#[test]
fn bad_templates_say_why() {
    for (text, error) in [
        ("a {promt}", TemplateError::Unknown("promt".to_owned())),
        ("${HOME}", TemplateError::Unknown("HOME".to_owned())),
        ("a {", TemplateError::Brace('{')),
        ("a }", TemplateError::Brace('}')),
    ] {
        assert_eq!(Template::new(&Command::Shell(text.to_owned())), Err(error), "{text}");
    }
}
