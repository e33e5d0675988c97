use super::*;
use crate::Codec;

const ACTION: &str = "git push origin main";

fn at(secs: u64) -> Timestamp {
    Timestamp::from_millis(secs * 1000)
}

fn agent() -> AgentId {
    AgentId::new("builder").unwrap()
}

fn pending() -> Approval {
    let id = MessageId::new("0123456789ab").unwrap();
    Approval::new(ApprovalRequest::new(id, agent(), ACTION, (at(0), at(100))))
}

fn approved() -> Approval {
    let mut approval = pending();
    approval.decide(Decision::new(true, "ada", at(10)).with_notes("once")).unwrap();
    approval
}

#[test]
fn an_approval_is_used_once() {
    let mut approval = approved();
    let digest = ActionDigest::of(ACTION);
    assert_eq!(approval.redeem(at(20), &agent(), digest), Ok(()));
    assert_eq!(approval.state(at(20)), ApprovalState::Used);
    let refused = approval.redeem(at(20), &agent(), digest);
    assert_eq!(refused, Err(ApprovalError::NotApproved(ApprovalState::Used)));
}

#[test]
fn it_counts_for_the_exact_action_and_the_agent_that_asked() {
    let mut approval = approved();
    let before = approval.clone();
    for (who, action) in [("builder", "git push origin main "), ("other", ACTION), ("builder", "")]
    {
        let who = AgentId::new(who).unwrap();
        let refused = approval.redeem(at(20), &who, ActionDigest::of(action));
        assert_eq!(refused, Err(ApprovalError::OtherAction), "{who} {action}");
    }
    assert_eq!(approval, before, "a refusal changes nothing");
}

#[test]
fn a_false_digest_in_the_request_does_not_help() {
    let mut approval = approved();
    approval.request.digest = ActionDigest::of("rm -rf /");
    let refused = approval.redeem(at(20), &agent(), ActionDigest::of("rm -rf /"));
    assert_eq!(refused, Err(ApprovalError::OtherAction));
    let json = Codec::default().to_json(&approval).unwrap();
    let error = Codec::default().from_json::<Approval>(&json).unwrap_err();
    assert_eq!(error.key(), "request.digest", "{error}");
}

#[test]
fn it_expires_before_and_after_the_decision() {
    let digest = ActionDigest::of(ACTION);
    let mut late = pending();
    assert_eq!(late.state(at(99)), ApprovalState::Pending);
    assert_eq!(late.state(at(100)), ApprovalState::Expired);
    let refused = late.decide(Decision::new(true, "ada", at(100)));
    assert_eq!(refused, Err(ApprovalError::NotPending(ApprovalState::Expired)));
    let mut approval = approved();
    assert_eq!(approval.state(at(99)), ApprovalState::Approved);
    let refused = approval.redeem(at(100), &agent(), digest);
    assert_eq!(refused, Err(ApprovalError::NotApproved(ApprovalState::Expired)));
}

#[test]
fn a_denial_stays() {
    let mut approval = pending();
    approval.decide(Decision::new(false, "ada", at(10))).unwrap();
    assert_eq!(approval.state(at(1000)), ApprovalState::Denied);
    let second = approval.decide(Decision::new(true, "eve", at(11)));
    assert_eq!(second, Err(ApprovalError::NotPending(ApprovalState::Denied)));
    assert!(approval.redeem(at(12), &agent(), ActionDigest::of(ACTION)).is_err());
}

#[test]
fn nothing_is_allowed_before_a_decision() {
    let refused = pending().redeem(at(1), &agent(), ActionDigest::of(ACTION));
    assert_eq!(refused, Err(ApprovalError::NotApproved(ApprovalState::Pending)));
}

#[test]
fn digests_are_64_hex_digits() {
    let text = ActionDigest::of("").to_string();
    assert_eq!(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(text.parse::<ActionDigest>().unwrap(), ActionDigest::of(""));
    for bad in ["", &text[1..], &text.to_uppercase(), &format!("{}é", &text[2..]), &"g".repeat(64)]
    {
        assert!(bad.parse::<ActionDigest>().is_err(), "{bad}");
    }
}
