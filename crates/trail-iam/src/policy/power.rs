//! What a statement gives whoever holds it: everything, IAM, or one of the known ways to more.

use super::{Document, Effect, Patterns, Statement};

/// How much power, from none to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// None of the below.
    None,
    /// Actions that lead to more power.
    Escalation,
    /// All of IAM on everything, which is everything one step later.
    Iam,
    /// Everything on everything.
    Admin,
}

impl Level {
    /// `none`, `escalation`, `iam` or `admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Escalation => "escalation",
            Self::Iam => "iam",
            Self::Admin => "admin",
        }
    }
}

/// What a statement or document gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Power {
    /// How much.
    pub level: Level,
    /// The [`ESCALATION_ACTIONS`] that it allows; all of them for an administrator.
    pub actions: Vec<&'static str>,
    /// It holds under conditions only.
    pub conditional: bool,
}

/// Actions by which a principal can gain more than it has, alone or with others of the list: its own or another's policies,
/// keys and memberships; a role passed to a service that then runs the caller's code; code put into what runs with a role
/// already. After the paths that pathfinding.cloud lists (December 2025), names as in the service authorization reference.
pub const ESCALATION_ACTIONS: [&str; 85] = [
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRole",
    "apprunner:CreateService",
    "apprunner:UpdateService",
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:CreateLaunchConfiguration",
    "batch:RegisterJobDefinition",
    "batch:SubmitJob",
    "bedrock-agentcore:CreateAgentRuntime",
    "bedrock-agentcore:CreateBrowser",
    "bedrock-agentcore:CreateCodeInterpreter",
    "bedrock-agentcore:InvokeCodeInterpreter",
    "bedrock-agentcore:StartCodeInterpreterSession",
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateStackSet",
    "codebuild:CreateProject",
    "codebuild:StartBuild",
    "codebuild:StartBuildBatch",
    "datapipeline:ActivatePipeline",
    "datapipeline:CreatePipeline",
    "datapipeline:PutPipelineDefinition",
    "ec2-instance-connect:SendSSHPublicKey",
    "ec2:AssociateIamInstanceProfile",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyLaunchTemplate",
    "ec2:ReplaceIamInstanceProfileAssociation",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "ecs:CreateService",
    "ecs:ExecuteCommand",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "ecs:StartTask",
    "glue:CreateDevEndpoint",
    "glue:CreateJob",
    "glue:CreateTrigger",
    "glue:StartJobRun",
    "glue:UpdateDevEndpoint",
    "glue:UpdateJob",
    "lambda:AddPermission",
    "lambda:CreateEventSourceMapping",
    "lambda:CreateFunction",
    "lambda:CreateFunctionUrlConfig",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateNotebookInstanceLifecycleConfig",
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:UpdateNotebookInstance",
    "scheduler:CreateSchedule",
    "ssm:CreateDocument",
    "ssm:SendCommand",
    "ssm:StartAutomationExecution",
    "ssm:StartSession",
    "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreateAccountAssignment",
    "sso:CreatePermissionSet",
    "sso:PutInlinePolicyToPermissionSet",
    "states:CreateStateMachine",
];

/// Names of AWS managed policies that give (nearly) everything or a way to it, with what they give. Their ARNs are
/// `arn:<partition>:iam::aws:policy/<name>`.
pub const DANGEROUS_MANAGED_POLICIES: [(&str, Level); 14] = [
    ("AdministratorAccess", Level::Admin),
    ("AdministratorAccess-AWSElasticBeanstalk", Level::Escalation),
    ("AdministratorAccess-Amplify", Level::Escalation),
    ("AWSCloudFormationFullAccess", Level::Escalation),
    ("AWSLambda_FullAccess", Level::Escalation),
    ("AWSOrganizationsFullAccess", Level::Escalation),
    ("AWSSSOMasterAccountAdministrator", Level::Escalation),
    ("AmazonEC2FullAccess", Level::Escalation),
    ("AmazonSSMFullAccess", Level::Escalation),
    ("AmazonSageMakerFullAccess", Level::Escalation),
    ("IAMFullAccess", Level::Iam),
    ("PowerUserAccess", Level::Escalation),
    ("job-function/DataScientist", Level::Escalation),
    ("job-function/SystemAdministrator", Level::Escalation),
];

/// What an AWS managed policy of that ARN gives, if it is one of [`DANGEROUS_MANAGED_POLICIES`].
pub fn dangerous_managed_policy(arn: &str) -> Option<Level> {
    let arn = crate::arn::Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.account == "aws")?;
    let name = arn.resource.strip_prefix("policy/")?;
    DANGEROUS_MANAGED_POLICIES.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
}

/// What a statement gives its principals or holder. Denies give nothing, and are not subtracted elsewhere. Admin and IAM
/// power need every resource; an escalation counts on any.
pub fn statement_power(statement: &Statement) -> Power {
    let conditional = !statement.conditions.is_empty();
    if statement.effect == Effect::Deny {
        return Power { level: Level::None, actions: Vec::new(), conditional };
    }
    let everywhere = match &statement.resources {
        Some(Patterns::Only(list)) => {
            list.iter().any(|resource| matches!(resource.as_str(), "*" | "**" | "arn:*" | "arn:aws:*"))
        }
        // Nearly everything.
        Some(Patterns::AllBut(_)) => true,
        None => false,
    };
    let actions: Vec<&str> =
        ESCALATION_ACTIONS.iter().copied().filter(|action| statement.actions.covers(action, true)).collect();
    let level = if everywhere && all_actions(&statement.actions) {
        Level::Admin
    } else if everywhere && statement.actions.covers("iam:*", true) {
        Level::Iam
    } else if actions.is_empty() {
        Level::None
    } else {
        Level::Escalation
    };
    Power { level, actions, conditional }
}

fn all_actions(actions: &Patterns) -> bool {
    match actions {
        Patterns::Only(_) => actions.covers("*", true) || actions.covers("*:*", true),
        // `NotAction` of a few services still gives the way to them where IAM is not among those left out.
        Patterns::AllBut(list) => list.is_empty(),
    }
}

/// What the whole document gives: the highest level of its statements, all their escalation actions, and whether the
/// statements of that level all have conditions.
pub fn document_power(document: &Document) -> Power {
    let powers: Vec<Power> = document.statements.iter().map(statement_power).collect();
    let level = powers.iter().map(|power| power.level).max().unwrap_or(Level::None);
    let mut actions: Vec<&str> = powers.iter().flat_map(|power| power.actions.iter().copied()).collect();
    actions.sort_unstable();
    actions.dedup();
    let conditional =
        level > Level::None && powers.iter().filter(|power| power.level == level).all(|power| power.conditional);
    Power { level, actions, conditional }
}
